-- name: before_and_after(tokens, limit, run)
-- What does a norm change of the relation of two words: the angle between their vectors, and the ratio of their lengths?
--
-- Takes pairs of an occurrence of the first word and one of the second. Centring turns vectors: cosine_centred is the cosine once each
-- vector's mean is subtracted, which LayerNorm does and RMSNorm does not. Dividing by the scale changes no angle, but makes lengths
-- equal: what one word has more of before the norm (length_ratio_in) is gone after it. Gain and bias turn vectors again, to cosine_out,
-- and set the lengths (length_ratio_out). Position 0 is excluded.
-- Needs a run that kept vectors of both sides of the norms (--capture norm), and the vector functions of actrec.
--
-- Cost: reads the vectors of the first occurrences of both words, by an index; the rest of the run does not matter
-- Shown: site, cosine_in, cosine_out, length_ratio_in, length_ratio_out
--
-- Parameters
--   :tokens  text, two words separated by a comma; each matches a token with or without its leading space; hatred,ok
--   :limit   integer, how many occurrences of each word; 20
--   :run     integer, the run's id; the newest run with a sequence
-- Columns
--   depth             the site's number in the order of the data
--   site              the normalization site
--   norm              layer_norm subtracts the mean, rms_norm does not
--   pairs             of one occurrence of each word
--   cosine_in         of the vectors that enter the norm, mean over the pairs
--   cosine_centred    of the same vectors less their own means
--   cosine_out        of the vectors that leave the norm, after gain and bias
--   length_ratio_in   length of the first word's vector over that of the second's, before the norm; geometric mean over the pairs
--   length_ratio_out  the same after the norm
WITH pair AS (
    SELECT trim(substr(words, 1, instr(words, ',') - 1)) AS first, trim(substr(words, instr(words, ',') + 1)) AS second
    FROM (SELECT coalesce(:tokens, 'hatred,ok') AS words)
),
wanted AS (
    SELECT 1 AS word, first AS text FROM pair
    UNION ALL SELECT 1, ' ' || first FROM pair
    UNION ALL SELECT 2, second FROM pair
    UNION ALL SELECT 2, ' ' || second FROM pair
),
run AS (
    SELECT r.run_id, r.model_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
occurrences AS (
    SELECT w.word, t.token_key, row_number() OVER (PARTITION BY w.word ORDER BY t.token_key) AS number
    FROM run
    CROSS JOIN wanted w
    JOIN vocabulary y ON y.model_id = run.model_id AND y.text = w.text
    JOIN tokens t ON t.token_id = y.token_id AND t.position > 0
    JOIN sequences q ON q.sequence_id = t.sequence_id AND q.run_id = run.run_id
),
kept AS (
    SELECT s.depth, s.site, s.norm, o.word, vec_f32(i.vector, entering.dtype) AS x, vec_f32(j.vector, leaving.dtype) AS y
    FROM run
    JOIN sites s ON s.model_id = run.model_id AND s.placement <> 'qk'
    JOIN hooks entering ON entering.run_id = run.run_id AND entering.name = s.site || '.hook_in'
    JOIN hooks leaving ON leaving.run_id = run.run_id AND leaving.name = s.site || '.hook_out'
    CROSS JOIN occurrences o ON o.number <= coalesce(:limit, 20)
    CROSS JOIN vectors i ON i.hook_id = entering.hook_id AND i.token_key = o.token_key
    CROSS JOIN vectors j ON j.hook_id = leaving.hook_id AND j.token_key = o.token_key
),
measured AS (
    SELECT k.*, vec_mean(x) AS mean, vec_variance(x) AS variance, vec_dot(x, x) AS square_in, vec_dot(y, y) AS square_out FROM kept k
)
SELECT a.depth, a.site, a.norm, count(*) AS pairs,
       avg(1 - vec_distance_cosine(a.x, b.x)) AS cosine_in,
       avg((vec_dot(a.x, b.x) / vec_length(a.x) - a.mean * b.mean) / sqrt(a.variance * b.variance)) AS cosine_centred,
       avg(1 - vec_distance_cosine(a.y, b.y)) AS cosine_out,
       exp(avg(ln(a.square_in / b.square_in)) / 2) AS length_ratio_in,
       exp(avg(ln(a.square_out / b.square_out)) / 2) AS length_ratio_out
FROM measured a
JOIN measured b ON b.depth = a.depth AND b.word = 2
WHERE a.word = 1
GROUP BY a.depth, a.site, a.norm
ORDER BY a.depth;
