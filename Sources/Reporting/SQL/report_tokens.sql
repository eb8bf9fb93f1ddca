-- What entered and left every norm, token by token: the first tokens of the run.
-- The view token_statistics has the same columns and more; this goes to the first tokens of a large file at once.
-- :run     the run's id
-- :tokens  how many tokens
WITH shown AS (
    SELECT q.sequence_id, q.first_token, q.first_token + q.token_count - 1 AS last_token, r.model_id,
           d.norm, d.epsilon,
           :tokens - (sum(q.token_count) OVER (ORDER BY q.sequence_id) - q.token_count) AS room
    FROM sequences q
    JOIN runs r ON r.run_id = q.run_id
    JOIN models d ON d.model_id = r.model_id
    WHERE q.run_id = :run
)
SELECT t.sequence_id, t.position, t.token_id,
       (SELECT w.text FROM vocabulary w WHERE w.model_id = q.model_id AND w.token_id = t.token_id) AS token,
       s.depth, s.site, m.mean, m.variance,
       sqrt(m.variance + CASE q.norm WHEN 'rms_norm' THEN m.mean * m.mean ELSE 0 END + q.epsilon) AS scale,
       m.kurtosis, max(abs(m.minimum), abs(m.maximum)) AS abs_max, m.abs_max_feature, m.out_variance, m.nonfinite
FROM shown q
CROSS JOIN tokens t ON t.token_key BETWEEN q.first_token AND min(q.last_token, q.first_token + q.room - 1)
CROSS JOIN site_moments m ON m.moments_key BETWEEN t.token_key * 1024 AND t.token_key * 1024 + 1023
JOIN sites s ON s.model_id = q.model_id AND s.depth = (m.moments_key & 1023)
WHERE q.room > 0
ORDER BY t.sequence_id, t.position, s.depth
