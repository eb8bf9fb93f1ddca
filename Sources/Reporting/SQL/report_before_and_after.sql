-- The variance on the way through each norm, over all tokens of the run but those at position 0.
-- before: hook_in; normalized: centred and divided; after: with gain and bias, hook_out.
-- :run  the run's id
SELECT s.depth, s.site, count(*) AS n,
       avg(m.variance) AS before_mean, min(m.variance) AS before_min, max(m.variance) AS before_max,
       avg(m.normalized_variance) AS normalized_mean,
       min(m.normalized_variance) AS normalized_min, max(m.normalized_variance) AS normalized_max,
       avg(m.out_variance) AS after_mean, min(m.out_variance) AS after_min, max(m.out_variance) AS after_max
FROM sequences q
JOIN runs r ON r.run_id = q.run_id
CROSS JOIN site_moments m -- a sequence's rows without its first token, which is at position 0
    ON m.moments_key BETWEEN (q.first_token + 1) * 1024 AND (q.first_token + q.token_count) * 1024 - 1
JOIN sites s ON s.model_id = r.model_id AND s.depth = (m.moments_key & 1023)
WHERE q.run_id = :run
GROUP BY s.depth, s.site
ORDER BY s.depth
