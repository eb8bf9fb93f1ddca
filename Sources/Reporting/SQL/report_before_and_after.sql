-- The variance on the way through each norm, over all tokens of the run but those at position 0.
-- before: hook_in; normalized: centred and divided; after: with gain and bias, hook_out.
-- :run  the run's id
SELECT depth, site, sum(n) FILTER (WHERE statistic = 'nonfinite') AS n,
       sum(n * mean) FILTER (WHERE statistic = 'variance') / sum(n) FILTER (WHERE statistic = 'variance') AS before_mean,
       min(minimum) FILTER (WHERE statistic = 'variance') AS before_min,
       max(maximum) FILTER (WHERE statistic = 'variance') AS before_max,
       sum(n * mean) FILTER (WHERE statistic = 'normalized_variance')
           / sum(n) FILTER (WHERE statistic = 'normalized_variance') AS normalized_mean,
       min(minimum) FILTER (WHERE statistic = 'normalized_variance') AS normalized_min,
       max(maximum) FILTER (WHERE statistic = 'normalized_variance') AS normalized_max,
       sum(n * mean) FILTER (WHERE statistic = 'out_variance')
           / sum(n) FILTER (WHERE statistic = 'out_variance') AS after_mean,
       min(minimum) FILTER (WHERE statistic = 'out_variance') AS after_min,
       max(maximum) FILTER (WHERE statistic = 'out_variance') AS after_max
FROM site_summary
WHERE run_id = :run AND positions > 0 AND role NOT IN ('q_norm', 'k_norm')
GROUP BY depth, site
ORDER BY depth
