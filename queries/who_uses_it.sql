-- name: who_uses_it(sweep, limit)
-- Which heads and MLPs does the model need: how much does the loss change where one of them is taken out?
--
-- Needs a sweep of `actrec ablate -o`. A positive change: without it the model predicts worse. One is taken out at a time, so
-- two that can stand in for each other both look dispensable. Zero is a value that a head may never have; the mean over the
-- texts' tokens (`--with mean`) takes out what a head tells of a token and leaves what it always gives.
--
-- Cost: reads the cells of one sweep
-- Shown: rank, hook, head, loss, change
--
-- Parameters
--   :sweep  integer, the sweep's id; the newest ablation
--   :limit  integer, how many heads and MLPs; 20
-- Columns
--   rank    1 has the largest change, whatever its sign
--   hook    the hook point
--   layer   its block
--   head    NULL for an MLP
--   kind    what was put in: zero, or the mean
--   loss    mean loss of the next token without it, nats
--   change  the same less the loss of the unchanged model
WITH chosen AS (
    SELECT coalesce(:sweep, max(sweep_id)) AS sweep_id FROM sweeps WHERE kind IN ('zero', 'mean')
),
ranked AS (
    SELECT row_number() OVER (ORDER BY abs(e.change) DESC, e.number) AS rank, e.hook, e.layer, e.head, e.kind, e.loss, e.change
    FROM chosen
    JOIN sweep_effects e ON e.sweep_id = chosen.sweep_id
    WHERE e.kind IN ('zero', 'mean')
)
SELECT rank, hook, layer, head, kind, loss, change
FROM ranked
WHERE rank <= coalesce(:limit, 20)
ORDER BY rank;
