-- name: variance_by_depth(run)
-- How does the variance of the residual stream grow on its way through the model?
--
-- Pre-LN: each sublayer adds to the stream, so what enters the norms grows with depth; each norm divides its own copy
-- by the scale. Post-LN: what enters a norm is the sum of the norm before, already divided, and of one sublayer; the stream
-- itself is divided, and nothing piles up. An RMSNorm's scale has the mean in it: sqrt(mean² + variance + epsilon).
-- Where norms stand on the branches (Gemma 2, OLMo 2), the sites after a sublayer see what it writes, and not the stream:
-- their own column says which. Position 0 is kept apart: there many models park attention and the variance is of another order.
--
-- Cost: reads the sums of the run, whatever its length
-- Shown: site, n, mean_variance, mean_scale, growth, variance_position_0
--
-- Parameters
--   :run  integer, the run's id; the newest run with a sequence
-- Columns
--   depth                the site's number along the way of the data
--   site                 where the norm stands
--   n                    tokens, without those at position 0
--   mean_variance        of the vectors before normalization, without position 0
--   mean_scale           what the norm divides by, without position 0
--   growth               mean_variance over that of the site before with the same `normalizes`
--   n_position_0         tokens at position 0
--   variance_position_0  mean variance of these
--   scale_position_0     mean scale of these
--   ratio_position_0     scale_position_0 over mean_scale
--   norm                 layer_norm or rms_norm
--   placement            of the model's norms: pre, post, sandwich or branch_post
--   normalizes           what goes through this one: stream, or branch
WITH run AS (
    SELECT r.run_id, r.model_id, d.norm, d.placement
    FROM runs r
    JOIN models d ON d.model_id = r.model_id
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
per_depth AS (
    SELECT depth, min(site) AS site,
           sum(n) FILTER (WHERE positions > 0 AND statistic = 'nonfinite') AS n,
           sum(n * mean) FILTER (WHERE positions > 0 AND statistic = 'variance')
               / sum(n) FILTER (WHERE positions > 0 AND statistic = 'variance') AS mean_variance,
           sum(n * mean) FILTER (WHERE positions > 0 AND statistic = 'scale')
               / sum(n) FILTER (WHERE positions > 0 AND statistic = 'scale') AS mean_scale,
           max(n) FILTER (WHERE positions = 0 AND statistic = 'nonfinite') AS n_position_0,
           max(mean) FILTER (WHERE positions = 0 AND statistic = 'variance') AS variance_position_0,
           max(mean) FILTER (WHERE positions = 0 AND statistic = 'scale') AS scale_position_0
    FROM site_summary
    WHERE run_id = (SELECT run_id FROM run) AND role NOT IN ('q_norm', 'k_norm')
    GROUP BY depth
)
SELECT p.depth, p.site, coalesce(p.n, 0) AS n, p.mean_variance, p.mean_scale,
       p.mean_variance / lag(p.mean_variance) OVER (PARTITION BY s.normalizes ORDER BY p.depth) AS growth,
       coalesce(p.n_position_0, 0) AS n_position_0, p.variance_position_0, p.scale_position_0,
       p.scale_position_0 / p.mean_scale AS ratio_position_0,
       run.norm, run.placement, s.normalizes
FROM per_depth p
CROSS JOIN run
JOIN sites s ON s.model_id = run.model_id AND s.depth = p.depth
ORDER BY p.depth;
