-- Who made the variance that enters each norm: heads and MLPs by layer, the first tokens of the run.
-- share = Cov(part, hook_in) / Var(hook_in); those of one token at one site add up to 1, and some may be negative.
-- The view component_shares has every head apart.
-- :run     the run's id
-- :tokens  how many tokens
WITH shown AS (
    SELECT sequence_id, :tokens - (sum(token_count) OVER (ORDER BY sequence_id) - token_count) AS room
    FROM sequences
    WHERE run_id = :run
)
SELECT t.sequence_id, t.position, t.token, t.depth, t.site,
       CASE t.kind WHEN 'embed' THEN 'token embedding' WHEN 'pos_embed' THEN 'position embedding'
                   WHEN 'attn_bias' THEN 'attention biases' WHEN 'token_type_embed' THEN 'token type embedding'
                   WHEN 'norm' THEN 'norm before' WHEN 'head' THEN 'heads ' || t.component_layer
                   ELSE 'MLP ' || t.component_layer END AS part,
       sum(t.share) AS share
FROM shown q
CROSS JOIN component_shares t ON t.sequence_id = q.sequence_id AND t.position < q.room
WHERE q.room > 0
GROUP BY t.sequence_id, t.position, t.depth, part
ORDER BY t.sequence_id, t.position, t.depth,
         CASE min(t.kind) WHEN 'embed' THEN 0 WHEN 'pos_embed' THEN 1 WHEN 'attn_bias' THEN 2 WHEN 'token_type_embed' THEN 3
                          WHEN 'norm' THEN 4 WHEN 'head' THEN 1000 + min(t.component_layer) ELSE 2000 + min(t.component_layer) END
