-- name: variance_by_depth(run)
-- How does the variance of the residual stream grow on its way through the model?
--
-- Each sublayer adds to the stream, so what enters the norms grows with depth; each norm divides its own copy
-- by the scale. Position 0 is kept apart: there many models park attention and the variance is of another order.
--
-- Parameters
--   :run  integer, the run's id; the newest run with a sequence
-- Columns
--   depth                the site's number along the way of the data
--   site                 where the norm stands
--   n                    tokens, without those at position 0
--   mean_variance        of the vectors before normalization, without position 0
--   mean_scale           what the norm divides by, without position 0
--   growth               mean_variance over that of the site before
--   n_position_0         tokens at position 0
--   variance_position_0  mean variance of these
--   scale_position_0     mean scale of these
--   ratio_position_0     scale_position_0 over mean_scale
WITH run AS (
    SELECT r.run_id, r.model_id, d.norm, d.epsilon
    FROM runs r
    JOIN models d ON d.model_id = r.model_id
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
entering AS (
    SELECT m.moments_key & 1023 AS depth, t.position, m.variance,
           sqrt(m.variance + CASE run.norm WHEN 'rms_norm' THEN m.mean * m.mean ELSE 0 END + run.epsilon) AS scale
    FROM run
    JOIN sequences q ON q.run_id = run.run_id
    JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
    JOIN site_moments m ON m.moments_key BETWEEN t.token_key * 1024 AND t.token_key * 1024 + 1023
),
per_depth AS (
    SELECT depth,
           count(*) FILTER (WHERE position > 0) AS n,
           avg(variance) FILTER (WHERE position > 0) AS mean_variance,
           avg(scale) FILTER (WHERE position > 0) AS mean_scale,
           count(*) FILTER (WHERE position = 0) AS n_position_0,
           avg(variance) FILTER (WHERE position = 0) AS variance_position_0,
           avg(scale) FILTER (WHERE position = 0) AS scale_position_0
    FROM entering
    GROUP BY depth
)
SELECT p.depth, s.site, p.n, p.mean_variance, p.mean_scale,
       p.mean_variance / lag(p.mean_variance) OVER (ORDER BY p.depth) AS growth,
       p.n_position_0, p.variance_position_0, p.scale_position_0,
       p.scale_position_0 / p.mean_scale AS ratio_position_0
FROM run
CROSS JOIN per_depth p
JOIN sites s ON s.model_id = run.model_id AND s.depth = p.depth
ORDER BY p.depth;
