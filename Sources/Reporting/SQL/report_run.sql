-- The run and its model.
-- :run  the run's id. Without it: the newest run with a sequence; of a comparison of schemes, the model's own.
WITH newest AS (
    SELECT run_id, label FROM runs WHERE run_id = (SELECT max(run_id) FROM sequences)
),
chosen AS (
    SELECT coalesce(:run,
        (SELECT max(r.run_id) FROM newest n JOIN runs r ON r.run_id <= n.run_id AND r.label = 'schemes: token'
         WHERE n.label GLOB 'schemes: *'),
        (SELECT run_id FROM newest)) AS run_id
)
SELECT r.run_id, r.model_id, r.label, r.status, r.started_at, r.input, r.capture, r.norm_scheme, r.version, r.instruction_set,
       r.sequences, r.tokens, r.compared_with,
       d.name AS model, d.architecture, d.norm, d.placement, d.layers, d.heads, d.width, d.parameters, d.epsilon,
       d.weights_sha256, d.fingerprint,
       -- Every sequence names its word and its carrier, as those of `actrec compare` do.
       r.label GLOB 'compare: *' AND NOT EXISTS (
           SELECT 1 FROM sequences q
           WHERE q.run_id = r.run_id
             AND CASE WHEN json_valid(q.metadata) THEN json_type(q.metadata, '$.word') IS NOT 'text'
                     OR json_type(q.metadata, '$.carrier') IS NOT 'text' ELSE 1 END) AS is_comparison,
       r.label GLOB 'schemes: *' AS is_scheme
FROM runs r
JOIN models d ON d.model_id = r.model_id
WHERE r.run_id = (SELECT run_id FROM chosen)
ORDER BY r.run_id
