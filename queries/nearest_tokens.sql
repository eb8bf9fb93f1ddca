-- name: nearest_tokens(word, hook, limit, run)
-- Which tokens have vectors that point the same way as a word's?
--
-- Takes the mean of the word's vectors at one hook point, and the cosine of every vector there with that mean. The word itself is in
-- the list: its own mean cosine says how much its vectors vary with the context. Position 0 is excluded: many models use it as an
-- attention sink. Near the input, tokens with similar embeddings are close; near the output, tokens with similar predictions.
-- Needs a run that kept vectors (--capture norm, or the name of a hook point), and the vector functions of actrec.
--
-- Cost: reads every vector of the hook point: half a second for 100,000 of width 768
-- Shown: rank, token, n, mean_cosine, max_cosine, sequence_id, position
--
-- Parameters
--   :word   text, a word; matches a token with or without its leading space; hatred
--   :hook   text, the name of a hook point; the last kept hook_in, else the last hook point that has one vector a token
--   :limit  integer, how many tokens; 20
--   :run    integer, the run's id; the newest run with a sequence
-- Columns
--   hook         the hook point
--   rank         1 has the highest mean cosine
--   token        the token's text
--   n            its occurrences, without those at position 0
--   mean_cosine  of its vectors with the mean vector of the word, mean over the occurrences
--   max_cosine   of the occurrence that is closest
--   sequence_id  the sequence of that occurrence
--   position     its position there, from 0
WITH run AS (
    SELECT r.run_id, r.model_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
place AS (
    SELECT h.hook_id, h.name, h.dtype
    FROM run
    JOIN hooks h ON h.run_id = run.run_id
    WHERE h.name = coalesce(:hook, h.name) AND (:hook IS NOT NULL OR h.head_count = 1)
    ORDER BY h.name LIKE '%.hook_in' DESC, h.hook_id DESC
    LIMIT 1
),
word AS (
    SELECT vec_avg(vec_f32(v.vector, place.dtype)) AS vector
    FROM run
    CROSS JOIN place
    JOIN vocabulary w ON w.model_id = run.model_id AND w.text IN (coalesce(:word, 'hatred'), ' ' || coalesce(:word, 'hatred'))
    JOIN tokens t ON t.token_id = w.token_id AND t.position > 0
    CROSS JOIN vectors v ON v.hook_id = place.hook_id AND v.token_key = t.token_key
),
compared AS MATERIALIZED ( -- else SQLite sorts the vectors, and takes the cosines after that
    SELECT place.name AS hook, t.token_id, t.sequence_id, t.position,
           1 - vec_distance_cosine(vec_f32(v.vector, place.dtype), word.vector) AS cosine
    FROM place
    CROSS JOIN word
    CROSS JOIN vectors v ON v.hook_id = place.hook_id
    JOIN tokens t ON t.token_key = v.token_key
    WHERE t.position > 0
),
by_token AS (
    SELECT hook, token_id, count(*) AS n, avg(cosine) AS mean_cosine, max(cosine) AS max_cosine, sequence_id, position
    FROM compared
    GROUP BY token_id
    HAVING max(cosine) IS NOT NULL
)
SELECT b.hook, row_number() OVER (ORDER BY b.mean_cosine DESC, b.token_id) AS rank, w.text AS token,
       b.n, b.mean_cosine, b.max_cosine, b.sequence_id, b.position
FROM run
CROSS JOIN by_token b
JOIN vocabulary w ON w.model_id = run.model_id AND w.token_id = b.token_id
ORDER BY rank
LIMIT coalesce(:limit, 20);
