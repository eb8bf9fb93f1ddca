-- name: edit_effects(run, base)
-- What did an edited run predict otherwise than the run it is compared with, token by token?
--
-- Pairs the tokens of the two by sequence number and position, as far as they are the same tokens. Both runs must have captured
-- `loss`. A negative `change` is a token that became less likely; `kl` is how far the whole prediction moved.
--
-- Cost: reads every prediction of both runs
-- Shown: sequence, position, token, next_token, change, kl
--
-- Parameters
--   :run   integer, the edited run's id; the newest run with edits
--   :base  integer, the other run's id; the one that the edited run is compared with
-- Columns
--   sequence              the sequence's number in the input
--   position              of the token that predicts
--   token                 that token
--   next_token            the token that follows
--   base_log_probability  of the token that follows, natural logarithm, in the other run
--   log_probability       in the edited run
--   change                the second less the first
--   base_rank             of the token that follows, 1 = most likely, in the other run
--   rank                  in the edited run
--   kl                    KL divergence of the unedited prediction from the edited one, nats
WITH chosen AS (
    SELECT r.run_id, coalesce(:base, r.compared_with) AS base_id
    FROM runs r
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM edits))
)
SELECT q.number AS sequence, e.position, e.token, e.next_token, b.log_probability AS base_log_probability, e.log_probability,
       e.log_probability - b.log_probability AS change, b.rank AS base_rank, e.rank, e.kl
FROM chosen
JOIN sequences q ON q.run_id = chosen.run_id
JOIN token_predictions e ON e.sequence_id = q.sequence_id
JOIN sequences o ON o.run_id = chosen.base_id AND o.number = q.number AND o.part = q.part
JOIN token_predictions b ON b.sequence_id = o.sequence_id AND b.position = e.position AND b.token_id = e.token_id
ORDER BY q.number, q.part, e.position;
