-- name: token_variance(tokens, run)
-- Are some words spikier than others: the variance of their vectors before normalization, site by site?
--
-- Variance is over the features of one vector (population variance, as LayerNorm takes it). The first position
-- of a sequence is left out, because there many models park attention and the variance is of another order;
-- at_position_0 counts what was left out. GPT-2 has different tokens for 'ok' and ' ok' (after a space): each
-- has rows of its own. A word without a token of its own, as 'hatred' at the start of a text, which is cut into
-- 'hat' and 'red', has one row with n = 0: see `actrec tokenize`.
-- Needs a run that recorded norm-stats (the default).
--
-- Cost: reads the occurrences of the words, by an index; the rest of the run does not matter
-- Shown: site, token, n, mean_variance, standard_deviation, mean_kurtosis
--
-- Parameters
--   :tokens  text, words separated by commas; matches a token with or without its leading space; hatred,ok
--   :run     integer, the run's id; the newest run with a sequence
-- Columns
--   depth               the site's number along the way of the data; NULL for a word that no token matches
--   site                where the norm stands
--   token               the token's text, or the word that no token matches
--   n                   occurrences, without those at position 0
--   at_position_0       occurrences at position 0, left out of the other columns
--   mean_variance       mean over the occurrences
--   min_variance        smallest of the occurrences
--   max_variance        largest of the occurrences
--   standard_deviation  of the variances over the occurrences (divided by n)
--   mean_kurtosis       fourth standardized moment, mean over the occurrences; 3 for a Gaussian, more is spikier
WITH RECURSIVE list(word, rest) AS (
    SELECT '', coalesce(:tokens, 'hatred,ok') || ','
    UNION ALL
    SELECT trim(substr(rest, 1, instr(rest, ',') - 1)), substr(rest, instr(rest, ',') + 1)
    FROM list
    WHERE rest <> ''
),
words AS (
    SELECT DISTINCT word FROM list WHERE word <> ''
),
run AS (
    SELECT r.run_id
    FROM runs r
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
wanted AS (
    SELECT word, word AS text FROM words
    UNION ALL
    SELECT word, ' ' || word FROM words
),
occurrences AS (
    SELECT w.word, t.depth, t.site, t.token, t.position, t.variance, t.kurtosis
    FROM wanted w
    JOIN token_statistics t ON t.token = w.text
    WHERE t.run_id = (SELECT run_id FROM run)
),
measured AS (
    SELECT o.*, o.variance - avg(o.variance) OVER (PARTITION BY o.depth, o.token, o.position = 0) AS deviation
    FROM occurrences o
)
SELECT depth, site, token,
       count(*) FILTER (WHERE position > 0) AS n,
       count(*) FILTER (WHERE position = 0) AS at_position_0,
       avg(variance) FILTER (WHERE position > 0) AS mean_variance,
       min(variance) FILTER (WHERE position > 0) AS min_variance,
       max(variance) FILTER (WHERE position > 0) AS max_variance,
       sqrt(avg(deviation * deviation) FILTER (WHERE position > 0)) AS standard_deviation,
       avg(kurtosis) FILTER (WHERE position > 0) AS mean_kurtosis
FROM measured
GROUP BY depth, site, token
UNION ALL
SELECT NULL, NULL, word, 0, 0, NULL, NULL, NULL, NULL, NULL
FROM words
WHERE word NOT IN (SELECT word FROM occurrences)
  AND EXISTS (SELECT 1 FROM token_statistics WHERE run_id = (SELECT run_id FROM run))
ORDER BY depth NULLS FIRST, token;
