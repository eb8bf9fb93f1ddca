-- name: massive_dimensions(limit, run)
-- Which features of the residual stream are far larger than the others, and at which tokens?
--
-- Counts, for each site, the tokens whose largest absolute value lies in a feature; position 0 is counted apart, since
-- in many models the massive features are its own. The size is given in standard deviations of the token's own vector,
-- which is what is left of it after the norm.
--
-- Cost: reads how often each feature is the largest, whatever the length of the run
-- Shown: site, rank, feature, tokens, at_position_0, mean_abs, mean_sigmas
--
-- Parameters
--   :limit  integer, how many features a site; 3
--   :run    integer, the run's id; the newest run with a sequence
-- Columns
--   depth         the site's number along the way of the data
--   site          where the norm stands
--   rank          1 is the feature that is largest most often
--   feature       the feature's number
--   tokens        tokens where it has the largest absolute value
--   of_tokens     all tokens
--   at_position_0 of `tokens`, those at position 0
--   mean_abs      its mean absolute value at these tokens
--   mean_sigmas   the same over the scale of each token
WITH run AS (
    SELECT r.run_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
counted AS (
    SELECT f.depth, f.site, f.feature, f.tokens, f.at_position_0, f.mean_abs, f.mean_sigmas
    FROM largest_features f
    WHERE f.run_id = (SELECT run_id FROM run)
),
ranked AS (
    SELECT counted.*, sum(tokens) OVER (PARTITION BY depth) AS of_tokens,
           row_number() OVER (PARTITION BY depth ORDER BY tokens DESC, mean_abs DESC, feature) AS rank
    FROM counted
)
SELECT depth, site, rank, feature, tokens, of_tokens, at_position_0, mean_abs, mean_sigmas
FROM ranked
WHERE rank <= coalesce(:limit, 3)
ORDER BY depth, rank;
