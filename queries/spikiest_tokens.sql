-- name: spikiest_tokens(site, limit, run)
-- Which tokens enter a norm with the highest variance, and which feature carries the spike?
--
-- Position 0 would fill the list: there many models park attention, with a variance of another order. So the
-- list is made twice, without position 0 and then of position 0 alone, each with at most `limit` tokens.
--
-- Cost: reads the 100 tokens that are kept of each site; with a larger limit, the site of every token of the run, twice
-- Shown: rank, token, position, variance, kurtosis, abs_max, abs_max_feature
--
-- Parameters
--   :site   text, the name of a normalization site; the last one before an attention (ln1), else the last one
--   :limit  integer, how many tokens; 20
--   :run    integer, the run's id; the newest run with a sequence
-- Columns
--   site               the normalization site
--   rank               1 has the highest variance
--   position_0         1 for a token at position 0, which is ranked apart
--   token              the token's text
--   sequence_id        the sequence it stands in
--   position           its place there, from 0
--   variance           of the vector before normalization
--   kurtosis           fourth standardized moment; 3 for a Gaussian, width when one feature has everything
--   abs_max            largest absolute value
--   abs_max_feature    the feature that has it
WITH run AS (
    SELECT r.run_id, r.model_id
    FROM runs r
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
place AS (
    SELECT s.site
    FROM run
    JOIN sites s ON s.model_id = run.model_id
    WHERE s.site = coalesce(:site, s.site)
    ORDER BY CASE s.role WHEN 'ln1' THEN 0 ELSE 1 END, s.depth DESC
    LIMIT 1
),
listed AS (
    SELECT position_0, site, token, sequence_id, position, variance, kurtosis, abs_max, abs_max_feature
    FROM largest_variances
    WHERE run_id = (SELECT run_id FROM run) AND site = (SELECT site FROM place)
      AND rank <= coalesce(:limit, 20) AND coalesce(:limit, 20) <= 100
    UNION ALL
    SELECT * FROM (
        SELECT 0 AS position_0, site, token, sequence_id, position, variance, kurtosis, abs_max, abs_max_feature
        FROM token_statistics
        WHERE run_id = (SELECT run_id FROM run) AND site = (SELECT site FROM place) AND position > 0 AND coalesce(:limit, 20) > 100
        ORDER BY variance DESC, sequence_id, position LIMIT coalesce(:limit, 20)
    ) others
    UNION ALL
    SELECT * FROM (
        SELECT 1 AS position_0, site, token, sequence_id, position, variance, kurtosis, abs_max, abs_max_feature
        FROM token_statistics
        WHERE run_id = (SELECT run_id FROM run) AND site = (SELECT site FROM place) AND position = 0 AND coalesce(:limit, 20) > 100
        ORDER BY variance DESC, sequence_id, position LIMIT coalesce(:limit, 20)
    ) firsts
)
SELECT l.site,
       row_number() OVER (PARTITION BY l.position_0 ORDER BY l.variance DESC, l.sequence_id, l.position) AS rank,
       l.position_0, l.token, l.sequence_id, l.position, l.variance, l.kurtosis, l.abs_max, l.abs_max_feature
FROM listed l
ORDER BY l.position_0, rank;
