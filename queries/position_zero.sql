-- name: position_zero(run)
-- Is the first position of a text like the others?
--
-- In trained decoders the first position often serves as a place for attention to rest, and its vector grows far beyond
-- the others: in GPT-2 small its scale is 14 to 42 times theirs from the fourth block on. A comparison of words that
-- includes it measures the position and not the word.
--
-- Cost: reads every site of every token of the run
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
SELECT t.depth, t.site,
       sum(CASE WHEN t.position = 0 THEN 1 ELSE 0 END) AS n_position_0,
       sum(CASE WHEN t.position > 0 THEN 1 ELSE 0 END) AS n_others,
       avg(CASE WHEN t.position = 0 THEN t.scale END) AS scale_position_0,
       avg(CASE WHEN t.position = 1 THEN t.scale END) AS scale_position_1,
       avg(CASE WHEN t.position > 0 THEN t.scale END) AS scale_others,
       avg(CASE WHEN t.position = 0 THEN t.scale END) / avg(CASE WHEN t.position > 0 THEN t.scale END) AS ratio,
       avg(CASE WHEN t.position = 0 THEN t.kurtosis END) AS kurtosis_position_0,
       avg(CASE WHEN t.position > 0 THEN t.kurtosis END) AS kurtosis_others
FROM token_statistics t
WHERE t.run_id = (SELECT run_id FROM run)
GROUP BY t.depth, t.site
ORDER BY t.depth;
