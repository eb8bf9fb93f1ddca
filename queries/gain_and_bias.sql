-- name: gain_and_bias(model)
-- Are the learned gain and bias of the norms used, or do they stay at 1 and 0?
--
-- A norm that was never trained has gain 1 and bias 0 in every feature: both distances would be 0, and the
-- variance after it would be 1. Where it is far from 1, the gain gives scale back that the norm took away.
--
-- Cost: reads the model's gains and biases, and the sums of its newest run
-- Shown: site, mean_gain, gain_rms_from_1, bias_rms_from_0, mean_out_variance
--
-- Parameters
--   :model  integer, the model's id; the model of the newest run with a sequence
-- Columns
--   depth               the site's number along the way of the data
--   site                where the norm stands
--   features            gains at this site, as many as the model is wide
--   mean_gain           mean over the features
--   min_gain            smallest
--   max_gain            largest
--   gain_rms_from_1     root mean square distance of the gains from 1
--   small_gains         share of the gains between -0.1 and 0.1: features that are almost shut
--   negative_gains      gains below 0: features that are turned around
--   bias_rms_from_0     root mean square of the biases
--   mean_out_variance   variance after gain and bias, mean over the tokens of the model's newest run that has it
WITH model AS (
    SELECT coalesce(:model, (SELECT model_id FROM runs WHERE run_id = (SELECT max(run_id) FROM sequences))) AS model_id
),
newest AS (
    SELECT max(r.run_id) AS run_id
    FROM model
    JOIN runs r ON r.model_id = model.model_id
    WHERE EXISTS (SELECT 1 FROM feature_statistics f WHERE f.run_id = r.run_id)
),
after AS (
    SELECT depth, sum(n * mean) / sum(n) AS mean_out_variance
    FROM site_summary
    WHERE run_id = (SELECT run_id FROM newest) AND statistic = 'out_variance'
    GROUP BY depth
),
learned AS (
    SELECT g.depth, g.site, count(*) AS features,
           avg(g.gain) AS mean_gain, min(g.gain) AS min_gain, max(g.gain) AS max_gain,
           sqrt(avg((g.gain - 1) * (g.gain - 1))) AS gain_rms_from_1,
           avg(CASE WHEN abs(g.gain) < 1e-1 THEN 1e0 ELSE 0e0 END) AS small_gains,
           count(*) FILTER (WHERE g.gain < 0) AS negative_gains,
           sqrt(avg(g.bias * g.bias)) AS bias_rms_from_0
    FROM model
    JOIN gain_bias g ON g.model_id = model.model_id
    GROUP BY g.depth, g.site
)
SELECT l.depth, l.site, l.features, l.mean_gain, l.min_gain, l.max_gain, l.gain_rms_from_1, l.small_gains,
       l.negative_gains, l.bias_rms_from_0, a.mean_out_variance
FROM learned l
LEFT JOIN after a ON a.depth = l.depth
ORDER BY l.depth;
