-- Who made the variance that enters each norm: heads and MLPs by layer, the first tokens of the run.
-- share = Cov(part, hook_in) / Var(hook_in); those of one token at one site add up to 1, and some may be negative.
-- The view variance_shares has every head apart.
-- :run     the run's id
-- :tokens  how many tokens
WITH shown AS (
    SELECT q.sequence_id, q.first_token, q.first_token + q.token_count - 1 AS last_token, r.model_id,
           :tokens - (sum(q.token_count) OVER (ORDER BY q.sequence_id) - q.token_count) AS room
    FROM sequences q
    JOIN runs r ON r.run_id = q.run_id
    WHERE q.run_id = :run
),
parts AS (
    SELECT model_id, component,
           CASE kind WHEN 'embed' THEN 0 WHEN 'pos_embed' THEN 1 WHEN 'attn_bias' THEN 2 WHEN 'token_type_embed' THEN 3
                     WHEN 'norm' THEN 4 WHEN 'head' THEN 1000 + layer ELSE 2000 + layer END AS place,
           CASE kind WHEN 'embed' THEN 'token embedding' WHEN 'pos_embed' THEN 'position embedding'
                     WHEN 'attn_bias' THEN 'attention biases' WHEN 'token_type_embed' THEN 'token type embedding'
                     WHEN 'norm' THEN 'norm before' WHEN 'head' THEN 'heads ' || layer
                     ELSE 'MLP ' || layer END AS part
    FROM components
)
SELECT t.sequence_id, t.position,
       (SELECT w.text FROM vocabulary w WHERE w.model_id = q.model_id AND w.token_id = t.token_id) AS token,
       s.depth, s.site, p.part, sum(v.share) AS share
FROM shown q
CROSS JOIN tokens t ON t.token_key BETWEEN q.first_token AND min(q.last_token, q.first_token + q.room - 1)
CROSS JOIN share_values v ON v.share_key BETWEEN t.token_key * 4194304 AND t.token_key * 4194304 + 4194303
JOIN sites s ON s.model_id = q.model_id AND s.depth = ((v.share_key >> 12) & 1023)
JOIN parts p ON p.model_id = q.model_id AND p.component = (v.share_key & 4095)
WHERE q.room > 0
GROUP BY t.sequence_id, t.position, s.depth, p.place
ORDER BY t.sequence_id, t.position, s.depth, p.place
