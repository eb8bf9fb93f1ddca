-- The run and its model.
-- :run  the run's id; the newest run with a sequence
SELECT r.run_id, r.model_id, r.label, r.status, r.started_at, r.input, r.capture, r.norm_scheme, r.version, r.instruction_set,
       r.sequences, r.tokens,
       d.name AS model, d.architecture, d.norm, d.placement, d.layers, d.heads, d.width, d.parameters, d.epsilon,
       d.weights_sha256, d.fingerprint
FROM runs r
JOIN models d ON d.model_id = r.model_id
WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
ORDER BY r.run_id
