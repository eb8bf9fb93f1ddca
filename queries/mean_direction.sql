-- name: mean_direction(run)
-- What does subtracting the mean take away: how far do vectors point along the all-ones direction?
--
-- LayerNorm removes a vector's component along (1, 1, ..., 1) before it divides; RMSNorm leaves it in. The angle between a
-- vector and that direction follows from its mean and variance. Near 90 degrees there is little to remove, and the two
-- norms do nearly the same. What is still there after the norm is left_in: 0 for LayerNorm, share_of_norm for RMSNorm.
--
-- Cost: reads every site of every token of the run
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
shares AS (
    SELECT t.depth, t.site, t.mean, t.mean * t.mean / (t.mean * t.mean + t.variance) AS share,
           t.normalized_mean * t.normalized_mean
               / nullif(t.normalized_mean * t.normalized_mean + t.normalized_variance, 0) AS left_in
    FROM token_statistics t
    WHERE t.run_id = (SELECT run_id FROM run) AND t.position > 0 AND t.nonfinite = 0
      AND t.mean * t.mean + t.variance > 0
),
angles AS (
    SELECT depth, site, share, left_in, degrees(acos(CASE WHEN mean < 0 THEN -sqrt(share) ELSE sqrt(share) END)) AS angle
    FROM shares
)
SELECT a.depth, a.site, run.norm, count(*) AS n, avg(a.angle) AS mean_angle, min(a.angle) AS min_angle, max(a.angle) AS max_angle,
       avg(a.share) AS share_of_norm, avg(sqrt(1 - a.share)) AS scale_ratio, avg(a.left_in) AS left_in
FROM angles a
CROSS JOIN run
GROUP BY a.depth, a.site, run.norm
ORDER BY a.depth;
