-- name: normalization_schemes(run)
-- Would another normalization do: what does each scheme compute, predict, tell, and leak?
--
-- Needs a file made by `actrec schemes`, which runs the same text under every scheme, and once more with the last token
-- of each sequence replaced. The weights were trained with LayerNorm: the losses say how different the schemes are, not how
-- good a model trained with them could be. A scheme whose statistics reach across tokens changes earlier positions when a
-- later token changes: it leaks what is to be predicted.
--
-- Parameters
--   :run  integer, a run of the comparison; the newest run
-- Columns
--   scheme        where the norms took mean and deviation; token is LayerNorm
--   statistics    pairs of mean and variance that all norms computed, counted as they were made
--   loss          mean negative log-probability of the next token, nats
--   kl            mean KL divergence of the real model's prediction from this one, nats; NULL for the real model
--   normalized_r  correlation over tokens of ln variance of hook_in and of hook_normalized, mean over the sites; NULL where the latter is the same for every token to 1%
--   out_r         the same with hook_out, after gain and bias
--   changed       positions whose vector at the last norm changed when the last token of their text was replaced
--   earlier       positions before the last of their text: those that must not change when nothing leaks back
WITH bounds AS (
    SELECT max(run_id) AS first
    FROM runs
    WHERE label = 'schemes: token, last token changed' AND run_id <= coalesce(:run, (SELECT max(run_id) FROM runs))
),
members AS MATERIALIZED (
    SELECT r.run_id, r.norm_scheme, d.site || '.hook_in' AS last_hook,
           (SELECT max(t.run_id) FROM runs t
            WHERE t.label = r.label || ', last token changed' AND t.run_id BETWEEN b.first AND r.run_id) AS twin
    FROM bounds b
    JOIN runs r ON r.run_id > b.first AND r.label = 'schemes: ' || r.norm_scheme
    JOIN sites d ON d.model_id = r.model_id AND d.role = 'final'
    WHERE NOT EXISTS (
        SELECT 1 FROM runs n
        WHERE n.label = 'schemes: token, last token changed' AND n.run_id > b.first AND n.run_id < r.run_id)
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
    SELECT s.run_id, s.depth, ln(s.variance) AS before, ln(s.normalized_variance) AS normalized, ln(s.out_variance) AS after
    FROM members m
    JOIN token_statistics s ON s.run_id = m.run_id
    WHERE s.position > 0 AND s.variance > 0 AND s.normalized_variance > 0 AND s.out_variance > 0
),
centred AS (
    SELECT run_id, depth, before - avg(before) OVER site AS before,
           normalized - avg(normalized) OVER site AS normalized, after - avg(after) OVER site AS after
    FROM logarithms
    WINDOW site AS (PARTITION BY run_id, depth)
),
by_site AS (
    SELECT run_id, depth,
           CASE WHEN sqrt(avg(normalized * normalized)) > 0.01
                THEN sum(before * normalized) / sqrt(sum(before * before) * sum(normalized * normalized)) END AS normalized_r,
           sum(before * after) / sqrt(sum(before * before) * sum(after * after)) AS out_r
    FROM centred
    GROUP BY run_id, depth
),
told AS (
    SELECT run_id, avg(normalized_r) AS normalized_r, avg(out_r) AS out_r FROM by_site GROUP BY run_id
),
leaked AS (
    SELECT m.run_id, sum(a.vector <> b.vector) AS changed, count(*) AS earlier
    FROM members m
    JOIN sequences q ON q.run_id = m.run_id
    JOIN sequences c ON c.run_id = m.twin AND c.number = q.number AND c.part = q.part
    JOIN hooks ha ON ha.run_id = m.run_id AND ha.name = m.last_hook
    JOIN hooks hb ON hb.run_id = m.twin AND hb.name = m.last_hook
    JOIN tokens t ON t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 2
    JOIN vectors a ON a.hook_id = ha.hook_id AND a.token_key = t.token_key
    JOIN vectors b ON b.hook_id = hb.hook_id AND b.token_key = c.first_token + t.position
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
