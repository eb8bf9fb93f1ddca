-- name: position_zero(run)
-- Is the first position of a text like the others?
--
-- In trained decoders the first position often serves as a place for attention to rest, and its vector grows far beyond
-- the others: in GPT-2 small its scale is 14 to 42 times theirs from the fourth block on. A comparison of words that
-- includes it measures the position and not the word.
--
-- Cost: reads the sums of the run, whatever its length
-- Shown: site, scale_position_0, scale_others, ratio, kurtosis_position_0
--
-- Parameters
--   :run  integer, the run's id; the newest run with a sequence
-- Columns
--   depth                the site's number along the way of the data
--   site                 where the norm stands
--   n_position_0         tokens at position 0
--   n_others             the others
--   scale_position_0     mean scale (what the norm divides by) at position 0
--   scale_position_1     mean scale at position 1
--   scale_others         mean scale at all positions but 0
--   ratio                scale_position_0 over scale_others
--   kurtosis_position_0  mean kurtosis at position 0
--   kurtosis_others      mean kurtosis at the others
WITH run AS (
    SELECT r.run_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
)
SELECT s.depth, s.site,
       sum(CASE WHEN s.positions = 0 AND s.statistic = 'nonfinite' THEN s.n ELSE 0 END) AS n_position_0,
       sum(CASE WHEN s.positions > 0 AND s.statistic = 'nonfinite' THEN s.n ELSE 0 END) AS n_others,
       max(CASE WHEN s.positions = 0 AND s.statistic = 'scale' THEN s.mean END) AS scale_position_0,
       max(CASE WHEN s.positions = 1 AND s.statistic = 'scale' THEN s.mean END) AS scale_position_1,
       sum(CASE WHEN s.positions > 0 AND s.statistic = 'scale' THEN s.n * s.mean END)
           / sum(CASE WHEN s.positions > 0 AND s.statistic = 'scale' THEN s.n END) AS scale_others,
       max(CASE WHEN s.positions = 0 AND s.statistic = 'scale' THEN s.mean END)
           / (sum(CASE WHEN s.positions > 0 AND s.statistic = 'scale' THEN s.n * s.mean END)
              / sum(CASE WHEN s.positions > 0 AND s.statistic = 'scale' THEN s.n END)) AS ratio,
       max(CASE WHEN s.positions = 0 AND s.statistic = 'kurtosis' THEN s.mean END) AS kurtosis_position_0,
       sum(CASE WHEN s.positions > 0 AND s.statistic = 'kurtosis' THEN s.n * s.mean END)
           / sum(CASE WHEN s.positions > 0 AND s.statistic = 'kurtosis' THEN s.n END) AS kurtosis_others
FROM site_summary s
WHERE s.run_id = (SELECT run_id FROM run) AND s.role NOT IN ('q_norm', 'k_norm')
GROUP BY s.depth, s.site
ORDER BY s.depth;
