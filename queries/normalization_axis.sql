-- name: normalization_axis(run)
-- Along which axis does the norm work: is it within each token that mean and variance become 0 and 1?
--
-- Both axes are measured on the same normalized vectors, before gain and bias. Within a token, across its
-- features, the mean is 0 and the variance 1 (more exactly variance / (variance + epsilon), a little below 1).
-- Of one feature, across the tokens of the run, they are not: the norm never looks from one token to another.
-- An RMSNorm divides but does not centre: the mean stays, and it is the mean square within a token that becomes 1.
-- Needs a run that recorded norm-stats (the default).
--
-- Cost: reads the sums of the run, whatever its length, and those of its features
-- Shown: site, token_mean_abs_max, token_variance_min, feature_variance_max
--
-- Parameters
--   :run  integer, the run's id; the newest run with a sequence
-- Columns
--   depth                  the site's number along the way of the data
--   site                   where the norm stands
--   tokens                 tokens measured
--   token_mean_abs_max     within a token: the mean farthest from 0
--   token_variance_min     within a token: the smallest variance
--   token_variance_max     within a token: the largest variance
--   features               features measured
--   feature_mean_min       of a feature across tokens: the smallest mean
--   feature_mean_max       of a feature across tokens: the largest mean
--   feature_variance_min   of a feature across tokens: the smallest variance
--   feature_variance_max   of a feature across tokens: the largest variance
--   norm                   layer_norm makes mean 0 and variance 1, rms_norm mean square 1
--   token_square_min       within a token: the smallest mean square, mean² + variance
--   token_square_max       within a token: the largest mean square
WITH run AS (
    SELECT r.run_id, r.model_id, d.norm
    FROM runs r
    JOIN models d ON d.model_id = r.model_id
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
within AS (
    SELECT depth,
           sum(CASE WHEN statistic = 'nonfinite' THEN n END) AS tokens,
           max(CASE WHEN statistic = 'normalized_mean' THEN CASE WHEN abs(minimum) > abs(maximum) THEN abs(minimum) ELSE abs(maximum) END END) AS mean_abs_max,
           min(CASE WHEN statistic = 'normalized_variance' THEN minimum END) AS variance_min,
           max(CASE WHEN statistic = 'normalized_variance' THEN maximum END) AS variance_max,
           min(CASE WHEN statistic = 'normalized_square' THEN minimum END) AS square_min,
           max(CASE WHEN statistic = 'normalized_square' THEN maximum END) AS square_max
    FROM site_summary
    WHERE run_id = (SELECT run_id FROM run) AND role NOT IN ('q_norm', 'k_norm')
    GROUP BY depth
),
across AS (
    SELECT f.depth, count(*) AS features,
           min(f.mean) AS mean_min, max(f.mean) AS mean_max,
           min(f.variance) AS variance_min, max(f.variance) AS variance_max
    FROM run
    JOIN feature_statistics f ON f.run_id = run.run_id AND f.stage = 'normalized'
    GROUP BY f.depth
)
SELECT s.depth, s.site,
       w.tokens,
       w.mean_abs_max AS token_mean_abs_max,
       w.variance_min AS token_variance_min,
       w.variance_max AS token_variance_max,
       a.features,
       a.mean_min AS feature_mean_min,
       a.mean_max AS feature_mean_max,
       a.variance_min AS feature_variance_min,
       a.variance_max AS feature_variance_max,
       run.norm,
       w.square_min AS token_square_min,
       w.square_max AS token_square_max
FROM run
JOIN sites s ON s.model_id = run.model_id
JOIN within w ON w.depth = s.depth
JOIN across a ON a.depth = s.depth
ORDER BY s.depth;
