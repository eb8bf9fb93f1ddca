-- name: lens(run)
-- How early does the model know the next token?
--
-- Needs a run that captured `lens`: before each block, and after the last one, the residual stream goes through the model's own last
-- norm and unembedding. `layer` counts the blocks that it went through. Early streams are not made to be read like that: a high
-- loss there says that the prediction is not yet in this form, not that it is not there.
--
-- Cost: reads every row of the lens, a token and layer each
-- Shown: layer, n, loss, entropy, accuracy, settled
--
-- Parameters
--   :run  integer, the run's id; the newest run with a sequence
-- Columns
--   layer     blocks that the stream went through: 0 before the first; the last is the model's own prediction
--   n         tokens that another follows
--   loss      mean of minus the log-probability of the token that follows, nats
--   entropy   mean entropy of the predictions, nats
--   accuracy  part of the tokens where the token that follows is the most likely one
--   settled   part of the tokens where the most likely token is the one that the model ends with
WITH run AS (
    SELECT r.run_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
looks AS (
    SELECT sequence_id, position, layer, log_probability, entropy, rank, best_token_id
    FROM lens_predictions
    WHERE run_id = (SELECT run_id FROM run) AND rank IS NOT NULL
),
ends AS (
    SELECT sequence_id, position, best_token_id AS end_id
    FROM looks
    WHERE layer = (SELECT max(layer) FROM looks)
)
SELECT l.layer, count(*) AS n, -avg(l.log_probability) AS loss, avg(l.entropy) AS entropy,
       avg(CASE WHEN l.rank = 1 THEN 1 ELSE 0 END) AS accuracy,
       avg(CASE WHEN l.best_token_id = e.end_id THEN 1 ELSE 0 END) AS settled
FROM looks l
JOIN ends e ON e.sequence_id = l.sequence_id AND e.position = l.position
GROUP BY l.layer
ORDER BY l.layer;
