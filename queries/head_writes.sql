-- name: head_writes(run)
-- How much does each head write into the residual stream?
--
-- `result` is what one head adds to the vector that the next norm takes in; the heads of a layer and a bias sum
-- up to the attention's output. A norm has no heads: here is where a single head shows.
-- Needs a run that recorded head-stats (the default). Position 0 is kept apart: a head that has nothing to do
-- looks there, and what it writes at position 0 itself is no measure of its work.
--
-- Cost: reads the sums of the run, whatever its length
-- Shown: layer, head, rank, mean_l2_norm, mean_variance, l2_norm_position_0
--
-- Parameters
--   :run  integer, the run's id; the newest run with a sequence
-- Columns
--   layer                the block's number
--   head                 the head's number in it
--   n                    tokens, without those at position 0
--   mean_l2_norm         Euclidean norm of the head's result, mean over the tokens
--   mean_variance        its variance over the features, mean over the tokens
--   rank                 place among the heads of the layer by mean_l2_norm; 1 writes most
--   n_position_0         tokens at position 0
--   l2_norm_position_0   mean norm of these
--   variance_position_0  mean variance of these
WITH run AS (
    SELECT r.run_id
    FROM runs r
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
per_head AS (
    SELECT layer, head,
           coalesce(sum(n) FILTER (WHERE positions > 0 AND statistic = 'variance'), 0) AS n,
           sum(n * mean) FILTER (WHERE positions > 0 AND statistic = 'l2_norm')
               / sum(n) FILTER (WHERE positions > 0 AND statistic = 'l2_norm') AS mean_l2_norm,
           sum(n * mean) FILTER (WHERE positions > 0 AND statistic = 'variance')
               / sum(n) FILTER (WHERE positions > 0 AND statistic = 'variance') AS mean_variance,
           coalesce(max(n) FILTER (WHERE positions = 0 AND statistic = 'variance'), 0) AS n_position_0,
           max(mean) FILTER (WHERE positions = 0 AND statistic = 'l2_norm') AS l2_norm_position_0,
           max(mean) FILTER (WHERE positions = 0 AND statistic = 'variance') AS variance_position_0
    FROM head_summary
    WHERE run_id = (SELECT run_id FROM run) AND hook = 'result'
    GROUP BY layer, head
)
SELECT layer, head, n, mean_l2_norm, mean_variance,
       rank() OVER (PARTITION BY layer ORDER BY mean_l2_norm DESC) AS rank,
       n_position_0, l2_norm_position_0, variance_position_0
FROM per_head
ORDER BY layer, rank, head;
