-- What entered and left every norm, token by token: the first tokens of the run.
-- :run     the run's id
-- :tokens  how many tokens
WITH shown AS (
    SELECT sequence_id, :tokens - (sum(token_count) OVER (ORDER BY sequence_id) - token_count) AS room
    FROM sequences
    WHERE run_id = :run
)
SELECT t.sequence_id, t.position, t.token, t.depth, t.site, t.mean, t.variance, t.kurtosis, t.abs_max, t.abs_max_feature,
       t.out_variance, t.nonfinite
FROM shown q
CROSS JOIN token_statistics t ON t.sequence_id = q.sequence_id AND t.position < q.room
WHERE q.room > 0
ORDER BY t.sequence_id, t.position, t.depth
