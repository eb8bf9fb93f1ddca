-- How surprising each token was: -ln of the probability that the model gave it, after the tokens before it, in nats.
-- The first tokens of the run; rank 1 is the token that the model held most likely.
-- :run     the run's id
-- :tokens  how many tokens
WITH shown AS (
    SELECT sequence_id, :tokens - (sum(token_count) OVER (ORDER BY sequence_id) - token_count) AS room
    FROM sequences
    WHERE run_id = :run
)
SELECT p.sequence_id, p.position + 1 AS position, p.next_token AS token, -p.log_probability AS surprise, p.rank
FROM shown q
CROSS JOIN token_predictions p ON p.sequence_id = q.sequence_id AND p.position + 1 < q.room
WHERE q.room > 0 AND p.log_probability IS NOT NULL AND p.next_token IS NOT NULL
ORDER BY p.sequence_id, p.position
