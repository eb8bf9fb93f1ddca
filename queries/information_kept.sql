-- name: information_kept(from_depth, run)
-- Normalization takes a token's variance away. Is it lost?
--
-- Not from a pre-LN model: the norm works on a copy. What the sublayer sees has variance 1 for every token; the branch
-- around the norm keeps the vector as it was, and so a token that is large at one site is large at the next: the correlation
-- of log scale from site to site. A post-LN model has no such branch: the norm's output is the stream, and a scale is carried
-- no further; a correlation there says that the same tokens make large sums again. Position 0 is left out, it would make
-- every correlation look perfect.
--
-- Cost: reads every site of every token of the run and sorts them twice
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
    SELECT t.sequence_id, t.position, t.depth, t.site, t.scale, t.normalized_variance, t.in_out_cosine,
           ln(t.scale) - avg(ln(t.scale)) OVER (PARTITION BY t.depth) AS deviation
    FROM token_statistics t
    WHERE t.run_id = (SELECT run_id FROM run) AND t.position > 0 AND t.nonfinite = 0
),
paired AS (
    SELECT scales.*,
           lag(deviation) OVER (PARTITION BY sequence_id, position ORDER BY depth) AS deviation_before,
           max(CASE WHEN depth = coalesce(:from_depth, 2) THEN deviation END)
               OVER (PARTITION BY sequence_id, position) AS deviation_from
    FROM scales
)
SELECT depth, site, count(*) AS n,
       min(normalized_variance) AS seen_variance_min, max(normalized_variance) AS seen_variance_max,
       min(scale) AS kept_scale_min, max(scale) AS kept_scale_max,
       CASE WHEN sum(deviation * deviation) > 0 AND sum(deviation_before * deviation_before) > 0
            THEN sum(deviation * deviation_before) / sqrt(sum(deviation * deviation) * sum(deviation_before * deviation_before))
       END AS correlation_with_before,
       CASE WHEN depth >= coalesce(:from_depth, 2) AND sum(deviation * deviation) > 0 AND sum(deviation_from * deviation_from) > 0
            THEN sum(deviation * deviation_from) / sqrt(sum(deviation * deviation) * sum(deviation_from * deviation_from))
       END AS correlation_with_from,
       avg(in_out_cosine) AS mean_cosine, run.placement
FROM paired
CROSS JOIN run
GROUP BY depth, site, run.placement
ORDER BY depth;
