-- name: attention_sink(run)
-- Which heads rest their attention on the first token?
--
-- Needs a run that captured `patterns`. A head that looks nowhere in particular would give the first of k keys 1/k: that
-- is `even`; k is position + 1 under a causal mask, and all tokens of the text without one. Where a layer has a window, tokens
-- beyond it give position 0 nothing, and `even` is less than its share inside the window. A sink's own value vector tends
-- to be small, so that resting on it writes little.
--
-- Cost: reads the sums of the run, whatever its length
-- Shown: layer, head, to_first, even, to_self, entropy, value_ratio
--
-- Parameters
--   :run  integer, the run's id; the newest run with a sequence
-- Columns
--   layer           the block
--   head            the head
--   n               tokens that look, without those at position 0
--   to_first        weight they give to position 0, mean
--   even            what position 0 would get if all keys got the same, mean
--   to_self         weight they give to themselves, mean
--   entropy         of their weights, nats, mean
--   value_ratio     length of the head's value vector at position 0 over that at the others; NULL without head-stats
WITH run AS (
    SELECT r.run_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
looks AS (
    SELECT layer, head, max(CASE WHEN statistic = 'even' THEN n END) AS n,
           max(CASE WHEN statistic = 'to_first' THEN mean END) AS to_first,
           max(CASE WHEN statistic = 'even' THEN mean END) AS even,
           max(CASE WHEN statistic = 'to_self' THEN mean END) AS to_self,
           max(CASE WHEN statistic = 'entropy' THEN mean END) AS entropy
    FROM (
        SELECT layer, head, statistic, sum(n) AS n, sum(n * mean) / sum(n) AS mean
        FROM head_summary
        WHERE run_id = (SELECT run_id FROM run) AND hook = 'pattern' AND positions > 0
        GROUP BY layer, head, statistic
    ) later
    GROUP BY layer, head
),
lengths AS (
    SELECT layer, head,
           max(CASE WHEN positions = 0 THEN mean END)
               / (sum(CASE WHEN positions > 0 THEN n * mean END) / sum(CASE WHEN positions > 0 THEN n END)) AS value_ratio
    FROM head_summary
    WHERE run_id = (SELECT run_id FROM run) AND hook = 'v' AND statistic = 'l2_norm'
    GROUP BY layer, head
)
SELECT l.layer, l.head, l.n, l.to_first, l.even, l.to_self, l.entropy, v.value_ratio
FROM looks l
LEFT JOIN lengths v ON v.layer = l.layer AND v.head = l.head
ORDER BY l.to_first DESC, l.layer, l.head;
