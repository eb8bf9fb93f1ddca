-- name: attention_sink(run)
-- Which heads rest their attention on the first token?
--
-- Needs a run that captured `patterns`. A head that looks nowhere in particular would give the first of k keys 1/k: that
-- is `even`; k is position + 1 under a causal mask, and all tokens of the text without one. Where a layer has a window, tokens
-- beyond it give position 0 nothing, and `even` is less than its share inside the window. A sink's own value vector tends
-- to be small, so that resting on it writes little.
--
-- Cost: reads every head of every token of the run, twice
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
    SELECT r.run_id, d.mask
    FROM runs r
    JOIN models d ON d.model_id = r.model_id
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
looks AS (
    SELECT a.layer, a.head, count(*) AS n, avg(a.to_first) AS to_first,
           avg(1e0 / CASE run.mask WHEN 'bidirectional' THEN q.token_count ELSE a.position + 1 END) AS even,
           avg(a.to_self) AS to_self, avg(a.entropy) AS entropy
    FROM run
    JOIN attention_statistics a ON a.run_id = run.run_id
    JOIN sequences q ON q.sequence_id = a.sequence_id
    WHERE a.position > 0
    GROUP BY a.layer, a.head
),
lengths AS (
    SELECT h.layer, h.head,
           avg(CASE WHEN h.position = 0 THEN h.l2_norm END) / avg(CASE WHEN h.position > 0 THEN h.l2_norm END) AS value_ratio
    FROM head_statistics h
    WHERE h.run_id = (SELECT run_id FROM run) AND h.hook = 'v'
    GROUP BY h.layer, h.head
)
SELECT l.layer, l.head, l.n, l.to_first, l.even, l.to_self, l.entropy, v.value_ratio
FROM looks l
LEFT JOIN lengths v ON v.layer = l.layer AND v.head = l.head
ORDER BY l.to_first DESC, l.layer, l.head;
