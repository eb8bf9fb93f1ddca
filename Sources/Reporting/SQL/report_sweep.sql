-- The cells of the model's newest sweep of one kind, at most 20,000 of them: `actrec patch`, or `actrec ablate`.
-- effect: of a patch, 0 where the difference of the two logits is the corrupt text's and 1 where it is the clean one's; of an ablation,
-- the change of the mean loss, in nats.
-- :run    the run's id
-- :patch  1 for the newest patch, 0 for the newest ablation
SELECT e.number, e.kind, e.hook, e.layer, e.head, e.position, e.token, e.clean_token,
       CASE e.kind WHEN 'patch' THEN e.normalized ELSE e.change END AS effect, s.answer, s.against, s.loss, s.tokens
FROM sweeps s
JOIN sweep_effects e ON e.sweep_id = s.sweep_id
WHERE s.sweep_id = (
    SELECT max(w.sweep_id) FROM sweeps w JOIN runs r ON r.model_id = w.model_id
    WHERE r.run_id = :run AND (w.kind = 'patch') = (:patch = 1)
)
ORDER BY e.number
LIMIT 20000
