-- name: normalization_schemes(run)
-- Would another normalization do: what does each scheme compute, predict, tell, and leak?
--
-- Needs a file made by `actrec schemes`, which runs the same text under every scheme, and once more with the last token
-- of each sequence replaced. The weights were trained with the model's own norm, `token`: the losses say how different the
-- schemes are, not how good a model trained with them could be. A scheme whose statistics reach across tokens changes earlier
-- positions when a later token changes: it leaks what is to be predicted. (A model whose attention looks both ways changes
-- them anyway, and one that predicts no token has no loss.)
--
-- Cost: needs rows: reads and sorts every site of every token of the runs that were compared
-- Shown: scheme, statistics, loss, kl, out_r, changed, earlier
--
-- Parameters
--   :run  integer, a run of the comparison; the newest run
-- Columns
--   scheme        where the norms took mean and deviation; token is the model's own
--   statistics    pairs of mean and variance that all norms computed, counted as they were made
--   loss          mean negative log-probability of the next token, nats
--   kl            mean KL divergence of the real model's prediction from this one, nats; NULL for the real model
--   normalized_r  correlation over tokens of ln variance of hook_in and of hook_normalized, mean over the sites; NULL where the latter is the same for every token to 1%
--   out_r         the same with hook_out, after gain and bias
--   changed       positions whose vector at the last norm changed when the last token of their text was replaced
--   earlier       positions before the last of their text: those that must not change when nothing leaks back
WITH bounds AS (
    SELECT max(run_id) AS first_run
    FROM runs
    WHERE label = 'schemes: token, last token changed' AND run_id <= coalesce(:run, (SELECT max(run_id) FROM runs))
),
comparison AS (
    SELECT b.first_run, min(n.run_id) AS next_run
    FROM bounds b
    LEFT JOIN runs n ON n.label = 'schemes: token, last token changed' AND n.run_id > b.first_run
    GROUP BY b.first_run
),
members AS (
    SELECT r.run_id, r.norm_scheme, max(t.run_id) AS twin
    FROM comparison c
    JOIN runs r ON r.run_id > c.first_run AND (c.next_run IS NULL OR r.run_id < c.next_run) AND r.label = 'schemes: ' || r.norm_scheme
    LEFT JOIN runs t ON t.label = r.label || ', last token changed' AND t.run_id BETWEEN c.first_run AND r.run_id
    GROUP BY r.run_id, r.norm_scheme
),
counted AS (
    SELECT run_id, sum(pairs) AS pairs FROM computed_pairs GROUP BY run_id
),
predicted AS (
    SELECT m.run_id, avg(-p.log_probability) AS loss, avg(p.kl) AS kl
    FROM members m
    JOIN token_predictions p ON p.run_id = m.run_id
    GROUP BY m.run_id
),
logarithms AS (
    SELECT s.run_id, s.depth, ln(s.variance) AS entering, ln(s.normalized_variance) AS normalized, ln(s.out_variance) AS leaving
    FROM members m
    JOIN token_statistics s ON s.run_id = m.run_id
    WHERE s.position > 0 AND s.variance > 0 AND s.normalized_variance > 0 AND s.out_variance > 0
),
centred AS (
    SELECT run_id, depth, entering - avg(entering) OVER site AS entering,
           normalized - avg(normalized) OVER site AS normalized, leaving - avg(leaving) OVER site AS leaving
    FROM logarithms
    WINDOW site AS (PARTITION BY run_id, depth)
),
by_site AS (
    SELECT run_id, depth,
           CASE WHEN sqrt(avg(normalized * normalized)) > 1e-2
                THEN sum(entering * normalized) / sqrt(sum(entering * entering) * sum(normalized * normalized)) END AS normalized_r,
           sum(entering * leaving) / sqrt(sum(entering * entering) * sum(leaving * leaving)) AS out_r
    FROM centred
    GROUP BY run_id, depth
),
told AS (
    SELECT run_id, avg(normalized_r) AS normalized_r, avg(out_r) AS out_r FROM by_site GROUP BY run_id
),
last_vectors AS (
    SELECT v.run_id, q.number, q.part, q.token_count, v.position, v.vector
    FROM (SELECT model_id, max(depth) AS depth FROM sites GROUP BY model_id) deepest
    JOIN sites d ON d.model_id = deepest.model_id AND d.depth = deepest.depth
    JOIN activation_vectors v ON v.hook = d.site || '.hook_in'
    JOIN runs r ON r.run_id = v.run_id AND r.model_id = d.model_id
    JOIN sequences q ON q.sequence_id = v.sequence_id
    WHERE (v.run_id IN (SELECT run_id FROM members) OR v.run_id IN (SELECT twin FROM members))
),
leaked AS (
    SELECT m.run_id, sum(CASE WHEN a.vector <> b.vector THEN 1 ELSE 0 END) AS changed, count(*) AS earlier
    FROM members m
    JOIN last_vectors a ON a.run_id = m.run_id AND a.position < a.token_count - 1
    JOIN last_vectors b ON b.run_id = m.twin AND b.number = a.number AND b.part = a.part AND b.position = a.position
    GROUP BY m.run_id
)
SELECT m.norm_scheme AS scheme, coalesce(n.pairs, 0) AS statistics, p.loss, p.kl, r.normalized_r, r.out_r,
       l.changed, l.earlier
FROM members m
LEFT JOIN counted n ON n.run_id = m.run_id
LEFT JOIN predicted p ON p.run_id = m.run_id
LEFT JOIN told r ON r.run_id = m.run_id
LEFT JOIN leaked l ON l.run_id = m.run_id
ORDER BY m.run_id;
