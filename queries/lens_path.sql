-- name: lens_path(sequence, position, run)
-- What does the stream of one token predict, block by block?
--
-- Needs a run that captured `lens`: see the query lens.
--
-- Cost: reads the rows of one sequence
-- Shown: layer, token, best_token, probability, entropy, next_token, rank
--
-- Parameters
--   :sequence  integer, the sequence's number in the input; 1
--   :position  integer, the token's position, from 0; the last one that a token follows
--   :run       integer, the run's id; the newest run with a sequence
-- Columns
--   layer             blocks that the stream went through: 0 before the first; the last is the model's own prediction
--   position          the token's, from 0
--   token             the token that predicts
--   best_token        the most likely next token
--   probability       of that one
--   entropy           of the prediction, nats
--   next_token        the token that follows; NULL at the end of the sequence
--   next_probability  of the token that follows
--   rank              of the token that follows, 1 = most likely
WITH run AS (
    SELECT r.run_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
chosen AS (
    SELECT q.sequence_id, coalesce(:position, CASE WHEN q.token_count > 1 THEN q.token_count - 2 ELSE 0 END) AS position
    FROM sequences q
    WHERE q.run_id = (SELECT run_id FROM run) AND q.number = coalesce(:sequence, 1) AND q.part = 0
)
SELECT l.layer, l.position, l.token, l.best_token, exp(l.best_log_probability) AS probability, l.entropy, l.next_token,
       exp(l.log_probability) AS next_probability, l.rank
FROM chosen c
JOIN lens_predictions l ON l.sequence_id = c.sequence_id AND l.position = c.position
WHERE l.run_id = (SELECT run_id FROM run)
ORDER BY l.layer;
