-- The loss of each token in the edited run and in the run it is compared with: the first tokens of the run.
-- loss: -ln of the probability of the token, in nats. The query edit_effects has all tokens of the run.
-- :run     the run's id
-- :tokens  how many tokens
WITH shown AS (
    SELECT sequence_id, :tokens - (sum(token_count) OVER (ORDER BY sequence_id) - token_count) AS room
    FROM sequences
    WHERE run_id = :run
)
SELECT e.sequence_id, e.position + 1 AS position, e.next_token AS token, -b.log_probability AS base_loss, -e.log_probability AS loss,
       b.log_probability - e.log_probability AS change, e.kl
FROM runs r
JOIN shown q ON q.room > 0
JOIN sequences s ON s.sequence_id = q.sequence_id
JOIN sequences o ON o.run_id = r.compared_with AND o.number = s.number AND o.part = s.part
JOIN token_predictions e ON e.sequence_id = q.sequence_id AND e.position + 1 < q.room
JOIN token_predictions b ON b.sequence_id = o.sequence_id AND b.position = e.position AND b.token_id = e.token_id
     AND b.next_token_id = e.next_token_id
WHERE r.run_id = :run AND EXISTS (SELECT 1 FROM edits WHERE run_id = :run)
  AND e.log_probability IS NOT NULL AND b.log_probability IS NOT NULL
ORDER BY e.sequence_id, e.position
