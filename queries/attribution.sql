-- name: attribution(sequence, position, limit, run)
-- Which heads and MLPs speak for the token that follows, and which against it?
--
-- Needs a run that captured `attribution`. Each part of the residual stream is taken through the last norm, by the scale that it had
-- for the token, and on to the logit of the token that follows; with `--answer` and `--against`, to the difference of their logits.
-- The contributions of all parts add up to it. What a part does through later heads and MLPs is in their contributions.
--
-- Cost: reads every row of the run, a token and part each; with a sequence, those of one
-- Shown: rank, component, n, mean, mean_abs, minimum, maximum
--
-- Parameters
--   :sequence  integer, the sequence's number in the input; all
--   :position  integer, the token's position, from 0; all
--   :limit     integer, how many parts; 20
--   :run       integer, the run's id; the newest run with a sequence
-- Columns
--   rank       1 has the largest mean, whatever its sign
--   component  the part's name
--   kind       embed, pos_embed, token_type_embed, head, attn_bias, mlp, norm (in post-LN the output that the sum begins with), norm_bias or unembed_bias
--   layer      its block
--   head       of a head
--   n          tokens
--   mean       of its contribution to the logit
--   mean_abs   mean of the absolute value
--   minimum    smallest
--   maximum    largest
WITH run AS (
    SELECT r.run_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
chosen AS (
    SELECT q.sequence_id
    FROM sequences q
    WHERE q.run_id = (SELECT run_id FROM run) AND q.number = coalesce(:sequence, q.number)
),
parts AS (
    SELECT a.component, a.kind, a.component_layer AS layer, a.head, count(*) AS n, avg(a.contribution) AS mean,
           avg(abs(a.contribution)) AS mean_abs, min(a.contribution) AS minimum, max(a.contribution) AS maximum
    FROM chosen c
    JOIN logit_attributions a ON a.sequence_id = c.sequence_id
    WHERE a.run_id = (SELECT run_id FROM run) AND a.position = coalesce(:position, a.position)
    GROUP BY a.component, a.kind, a.component_layer, a.head
),
ranked AS (
    SELECT row_number() OVER (ORDER BY abs(mean) DESC, component) AS rank, component, kind, layer, head, n, mean, mean_abs, minimum,
           maximum
    FROM parts
)
SELECT rank, component, kind, layer, head, n, mean, mean_abs, minimum, maximum
FROM ranked
WHERE rank <= coalesce(:limit, 20)
ORDER BY rank;
