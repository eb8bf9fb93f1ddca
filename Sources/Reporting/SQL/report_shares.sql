-- Which components make the variance that enters each norm: heads and MLPs by layer, of the first tokens of the run and of two
-- tokens that the page follows by depth when it opens.
-- share = Cov(component, hook_in) / Var(hook_in); those of one token at one site add up to 1, and some may be negative.
-- The view component_shares has every head apart.
-- :run        the run's id
-- :tokens     how many tokens
-- :sequence1, :position1, :sequence2, :position2  the two tokens
WITH shown AS (
    SELECT sequence_id, :tokens - (sum(token_count) OVER (ORDER BY sequence_id) - token_count) AS room
    FROM sequences
    WHERE run_id = :run
),
wanted AS (
    SELECT q.sequence_id, k.position
    FROM shown q
    CROSS JOIN tokens k ON k.sequence_id = q.sequence_id AND k.position < q.room
    WHERE q.room > 0
    UNION
    SELECT :sequence1, :position1 WHERE :sequence1 IS NOT NULL
    UNION
    SELECT :sequence2, :position2 WHERE :sequence2 IS NOT NULL
)
SELECT t.sequence_id, t.position, t.token, t.depth, t.site,
       CASE t.kind WHEN 'embed' THEN 'token embedding' WHEN 'pos_embed' THEN 'position embedding'
                   WHEN 'attn_bias' THEN 'attention biases' WHEN 'token_type_embed' THEN 'token type embedding'
                   WHEN 'norm' THEN 'norm before' WHEN 'head' THEN 'heads ' || t.component_layer
                   ELSE 'MLP ' || t.component_layer END AS part,
       round(sum(t.share), 4) AS share
FROM wanted w
CROSS JOIN component_shares t ON t.sequence_id = w.sequence_id AND t.position = w.position
WHERE t.run_id = :run
GROUP BY t.sequence_id, t.position, t.depth, part
ORDER BY t.sequence_id, t.position, t.depth,
         CASE min(t.kind) WHEN 'embed' THEN 0 WHEN 'pos_embed' THEN 1 WHEN 'attn_bias' THEN 2 WHEN 'token_type_embed' THEN 3
                          WHEN 'norm' THEN 4 WHEN 'head' THEN 1000 + min(t.component_layer) ELSE 2000 + min(t.component_layer) END
