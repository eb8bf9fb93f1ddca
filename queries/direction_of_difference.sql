-- name: direction_of_difference(tokens, limit, run)
-- In which direction do two words differ, which features carry the difference, and how does it turn with depth?
--
-- Takes the mean of each word's vectors at every norm's input, and subtracts the second from the first. Record both words in the same
-- sentences (as `actrec compare` does), so that the sentence cancels. A cosine near 1 with the site before says that the layers
-- between keep the difference; one near 0, that they write a new one. Position 0 is excluded.
-- Needs a run that kept the vectors that enter the norms (--capture norm), and the vector functions of actrec.
--
-- Cost: reads the vectors of both words' occurrences, by an index; the rest of the run does not matter
-- Shown: site, length, cosine_with_before, rank, feature, difference, share
--
-- Parameters
--   :tokens  text, two words separated by a comma; each matches a token with or without its leading space; hatred,ok
--   :limit   integer, how many features a site; 3
--   :run     integer, the run's id; the newest run with a sequence
-- Columns
--   depth               the site's number in the order of the data
--   site                the normalization site
--   first_n             occurrences of the first word, without those at position 0
--   second_n            of the second
--   length              Euclidean length of the difference
--   cosine_with_before  of the difference with that at the site before with the same `normalizes`
--   cosine_with_last    of the difference with that at the last site with the same `normalizes`
--   rank                1 is the feature in which they differ most
--   feature             the feature's number
--   difference          the first word's mean less the second's, in this feature
--   share               of the squared length that the feature has
--   normalizes          what goes through the norm: stream, or branch
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
means AS (
    SELECT s.depth, s.site, s.normalizes, w.word, count(*) AS n, vec_avg(vec_f32(v.vector, h.dtype)) AS vector
    FROM run
    JOIN sites s ON s.model_id = run.model_id AND s.placement <> 'qk'
    JOIN hooks h ON h.run_id = run.run_id AND h.name = s.site || '.hook_in'
    CROSS JOIN wanted w
    JOIN vocabulary y ON y.model_id = run.model_id AND y.text = w.text
    JOIN tokens t ON t.token_id = y.token_id AND t.position > 0
    CROSS JOIN vectors v ON v.hook_id = h.hook_id AND v.token_key = t.token_key
    GROUP BY s.depth, s.site, s.normalizes, w.word
),
differences AS (
    SELECT a.depth, a.site, a.normalizes, a.n AS first_n, b.n AS second_n, vec_sub(a.vector, b.vector) AS vector
    FROM means a
    JOIN means b ON b.depth = a.depth AND b.word = 2
    WHERE a.word = 1
),
turned AS (
    SELECT differences.*, vec_dot(vector, vector) AS square,
           lag(vector) OVER along AS before,
           last_value(vector) OVER (along ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last
    FROM differences
    WINDOW along AS (PARTITION BY normalizes ORDER BY depth)
),
ranked AS (
    SELECT t.*, e.rowid AS feature, e.value AS difference,
           row_number() OVER (PARTITION BY t.depth ORDER BY abs(e.value) DESC, e.rowid) AS rank
    FROM turned t
    CROSS JOIN vec_each(t.vector) e
)
SELECT depth, site, first_n, second_n, sqrt(square) AS length,
       1 - vec_distance_cosine(vector, before) AS cosine_with_before, 1 - vec_distance_cosine(vector, last) AS cosine_with_last,
       rank, feature, difference, difference * difference / nullif(square, 0) AS share, normalizes
FROM ranked
WHERE rank <= coalesce(:limit, 3)
ORDER BY depth, rank;
