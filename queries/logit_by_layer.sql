-- name: logit_by_layer(sequence, position, run)
-- How does the logit of the token that follows grow from block to block?
--
-- Needs a run that captured `attribution`. Every stream is divided by the scale that the last norm had for the token, so that what blocks
-- add can be summed. The query lens asks otherwise: there each stream is divided by its own scale, and becomes a prediction. With
-- `--answer` and `--against` it is the difference of two logits. A post-LN model has the last row alone: its sum begins anew with
-- each norm.
--
-- Cost: reads every row of the run, a token and part each; with a sequence, those of one
-- Shown: layer, n, logit, attention, mlp
--
-- Parameters
--   :sequence  integer, the sequence's number in the input; all
--   :position  integer, the token's position, from 0; all
--   :run       integer, the run's id; the newest run with a sequence
-- Columns
--   layer      blocks that the stream went through: 0 before the first; the last is the model's own logit, before any soft-cap
--   n          tokens
--   logit      mean of the logit that the stream gives by the last norm's scale, the biases after the stream in it
--   attention  mean of what the attention of the block that follows adds to it; NULL after the last
--   mlp        mean of what its MLP adds
WITH run AS (
    SELECT r.run_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
chosen AS (
    SELECT q.sequence_id
    FROM sequences q
    WHERE q.run_id = (SELECT run_id FROM run) AND q.number = coalesce(:sequence, q.number)
),
parts AS (
    SELECT a.component, a.component_layer AS layer, a.kind, count(*) AS n, avg(a.contribution) AS mean
    FROM chosen c
    JOIN logit_attributions a ON a.sequence_id = c.sequence_id
    WHERE a.run_id = (SELECT run_id FROM run) AND a.position = coalesce(:position, a.position)
    GROUP BY a.component, a.component_layer, a.kind
),
-- A norm's bias counts whatever its block: it is added after the stream.
placed AS (
    SELECT component, CASE WHEN kind = 'norm_bias' THEN NULL ELSE layer END AS layer, kind, n, mean FROM parts
),
steps AS (
    SELECT DISTINCT layer FROM placed
    WHERE layer IS NOT NULL AND EXISTS (SELECT 1 FROM placed WHERE layer IS NULL AND kind NOT IN ('norm_bias', 'unembed_bias'))
    UNION
    SELECT max(layer) + 1 AS layer FROM placed
)
SELECT s.layer, max(p.n) AS n, sum(CASE WHEN p.layer IS NULL OR p.layer < s.layer THEN p.mean ELSE 0 END) AS logit,
       sum(CASE WHEN p.layer = s.layer AND p.kind IN ('head', 'attn_bias') THEN p.mean END) AS attention,
       sum(CASE WHEN p.layer = s.layer AND p.kind = 'mlp' THEN p.mean END) AS mlp
FROM steps s
CROSS JOIN placed p
WHERE s.layer IS NOT NULL
GROUP BY s.layer
ORDER BY s.layer;
