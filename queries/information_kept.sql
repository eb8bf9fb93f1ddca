-- name: information_kept(from_depth, run)
-- Normalization takes a token's variance away. Is it lost?
--
-- Not from a pre-LN model: the norm works on a copy. What the sublayer sees has variance 1 for every token; the branch
-- around the norm keeps the vector as it was, and so a token that is large at one site is large at the next: the correlation
-- of log scale from site to site. A post-LN model has no such branch: the norm's output is the stream, and a scale is carried
-- no further; a correlation there says that the same tokens make large sums again. Position 0 is left out, it would make
-- every correlation look perfect.
--
-- Cost: reads the sums of the run, whatever its length
-- Shown: site, seen_variance_min, correlation_with_before, correlation_with_from
--
-- Parameters
--   :from_depth  integer, the site that later ones are compared with; 2 (the second block's first norm)
--   :run         integer, the run's id; the newest run with a sequence
-- Columns
--   depth                    the site's number along the way of the data
--   site                     where the norm stands
--   n                        tokens, without those at position 0
--   seen_variance_min        smallest variance that the sublayer sees (normalized, before gain and bias)
--   seen_variance_max        largest
--   kept_scale_min           smallest scale of what enters the norm
--   kept_scale_max           largest
--   correlation_with_before  of log scale with that at the site before, over tokens
--   correlation_with_from    of log scale with that at :from_depth
--   mean_cosine              of the angle between what enters the norm and what leaves it after gain and bias
--   placement                of the model's norms: post: no branch around them; else there is one
WITH run AS (
    SELECT r.run_id, d.placement
    FROM runs r
    JOIN models d ON d.model_id = r.model_id
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
scales AS (
    SELECT depth, site,
           sum(CASE WHEN statistic = 'scale' THEN n END) AS n,
           min(CASE WHEN statistic = 'normalized_variance' THEN minimum END) AS seen_variance_min,
           max(CASE WHEN statistic = 'normalized_variance' THEN maximum END) AS seen_variance_max,
           min(CASE WHEN statistic = 'scale' THEN minimum END) AS kept_scale_min,
           max(CASE WHEN statistic = 'scale' THEN maximum END) AS kept_scale_max,
           sum(CASE WHEN statistic = 'in_out_cosine' THEN n * mean END)
               / sum(CASE WHEN statistic = 'in_out_cosine' THEN n END) AS mean_cosine
    FROM site_summary
    WHERE run_id = (SELECT run_id FROM run) AND positions > 0 AND role NOT IN ('q_norm', 'k_norm')
    GROUP BY depth, site
    HAVING sum(CASE WHEN statistic = 'scale' THEN n END) > 0
),
correlations AS (
    SELECT c.depth, c.other_depth, c.covariance / sqrt(a.covariance * b.covariance) AS correlation
    FROM scale_covariances c
    JOIN scale_covariances a ON a.run_id = c.run_id AND a.depth = c.depth AND a.other_depth = c.depth
    JOIN scale_covariances b ON b.run_id = c.run_id AND b.depth = c.other_depth AND b.other_depth = c.other_depth
    WHERE c.run_id = (SELECT run_id FROM run) AND a.covariance > 0 AND b.covariance > 0
)
SELECT s.depth, s.site, s.n, s.seen_variance_min, s.seen_variance_max, s.kept_scale_min, s.kept_scale_max,
       p.correlation AS correlation_with_before, f.correlation AS correlation_with_from, s.mean_cosine, run.placement
FROM scales s
CROSS JOIN run
LEFT JOIN correlations p ON p.depth = s.depth AND p.other_depth = s.depth - 1
LEFT JOIN correlations f ON f.depth = s.depth AND f.other_depth = coalesce(:from_depth, 2)
ORDER BY s.depth;
