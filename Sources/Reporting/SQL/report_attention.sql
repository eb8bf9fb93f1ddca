-- How much each token attends to position 0, the mean over the heads of a layer: the first tokens of the run.
-- to_first: the weight it gives to position 0.
-- :run     the run's id
-- :tokens  how many tokens
WITH shown AS (
    SELECT sequence_id, :tokens - (sum(token_count) OVER (ORDER BY sequence_id) - token_count) AS room
    FROM sequences
    WHERE run_id = :run
)
SELECT t.sequence_id, t.position, t.token, t.layer, avg(t.to_first) AS to_first
FROM shown q
CROSS JOIN attention_statistics t ON t.sequence_id = q.sequence_id AND t.position < q.room
WHERE q.room > 0
GROUP BY t.sequence_id, t.position, t.layer
ORDER BY t.sequence_id, t.position, t.layer
