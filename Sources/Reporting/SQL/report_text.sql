-- The text as the model read it: the first tokens of the run.
-- :run     the run's id
-- :tokens  how many tokens
WITH shown AS (
    SELECT sequence_id, :tokens - (sum(token_count) OVER (ORDER BY sequence_id) - token_count) AS room
    FROM sequences
    WHERE run_id = :run
)
SELECT q.sequence_id, t.position, t.token_id, w.text AS token
FROM shown q
CROSS JOIN tokens t ON t.sequence_id = q.sequence_id AND t.position < q.room
JOIN runs r ON r.run_id = :run
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
WHERE q.room > 0
ORDER BY t.sequence_id, t.position
