-- name: mean_direction(run)
-- What does subtracting the mean take away: how far do vectors point along the all-ones direction?
--
-- LayerNorm removes a vector's component along (1, 1, ..., 1) before it divides; RMSNorm leaves it in. The angle between a
-- vector and that direction follows from its mean and variance. Near 90 degrees there is little to remove, and the two
-- norms do nearly the same. What is still there after the norm is left_in: 0 for LayerNorm, share_of_norm for RMSNorm.
--
-- Cost: reads the sums of the run, whatever its length
-- Shown: site, norm, mean_angle, share_of_norm, scale_ratio, left_in
--
-- Parameters
--   :run  integer, the run's id; the newest run with a sequence
-- Columns
--   depth          the site's number along the way of the data
--   site           where the norm stands
--   norm           layer_norm removes the mean, rms_norm does not
--   n              tokens, without those at position 0
--   mean_angle     degrees between the vector and the all-ones direction, mean over tokens
--   min_angle      smallest
--   max_angle      largest
--   share_of_norm  part of the squared length that lies along it, mean over tokens
--   scale_ratio    standard deviation over root mean square, mean over tokens: LayerNorm's scale over RMSNorm's
--   left_in        the same part of the normalized vector, before gain and bias, mean over tokens
WITH run AS (
    SELECT r.run_id, d.norm
    FROM runs r
    JOIN models d ON d.model_id = r.model_id
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
angles AS (
    SELECT depth, site,
           sum(CASE WHEN statistic = 'angle' THEN n END) AS n,
           sum(CASE WHEN statistic = 'angle' THEN n * mean END) / sum(CASE WHEN statistic = 'angle' THEN n END) AS mean_angle,
           min(CASE WHEN statistic = 'angle' THEN minimum END) AS min_angle,
           max(CASE WHEN statistic = 'angle' THEN maximum END) AS max_angle,
           sum(CASE WHEN statistic = 'share_of_norm' THEN n * mean END)
               / sum(CASE WHEN statistic = 'share_of_norm' THEN n END) AS share_of_norm,
           sum(CASE WHEN statistic = 'scale_ratio' THEN n * mean END)
               / sum(CASE WHEN statistic = 'scale_ratio' THEN n END) AS scale_ratio,
           sum(CASE WHEN statistic = 'left_in' THEN n * mean END) / sum(CASE WHEN statistic = 'left_in' THEN n END) AS left_in
    FROM site_summary
    WHERE run_id = (SELECT run_id FROM run) AND positions > 0 AND statistic IN ('angle', 'share_of_norm', 'scale_ratio', 'left_in')
    GROUP BY depth, site
)
SELECT a.depth, a.site, run.norm, a.n, a.mean_angle, a.min_angle, a.max_angle, a.share_of_norm, a.scale_ratio, a.left_in
FROM angles a
CROSS JOIN run
ORDER BY a.depth;
