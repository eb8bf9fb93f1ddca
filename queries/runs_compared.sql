-- name: runs_compared(first, second)
-- Two runs over the same text: where do their numbers part?
--
-- Pairs the tokens of the two by sequence number and position, as far as they are the same tokens: for two models, two
-- normalization schemes, or the same one twice. The models must have the same number of sites.
--
-- Cost: needs rows: reads and sorts every site of every token of both runs
-- Shown: site, n, first_variance, second_variance, ratio, largest_change
--
-- Parameters
--   :first   integer, a run's id; the one before the second
--   :second  integer, a run's id; the newest run with a sequence
-- Columns
--   depth            the site's number along the way of the data
--   site             where the norm stands, in the first run
--   n                tokens that were paired, without those at position 0
--   first_variance   mean variance before normalization in the first run
--   second_variance  in the second
--   ratio            geometric mean over tokens of second over first; NULL where a variance is 0
--   largest_change   largest |second - first| / first of a token's variance
--   equal            tokens whose mean and variance are the same to the bit
--   correlation      of log variance over tokens
WITH chosen AS (
    SELECT coalesce(:first, (SELECT max(q.run_id) FROM sequences q
                             WHERE q.run_id < coalesce(:second, (SELECT max(run_id) FROM sequences)))) AS first_id,
           coalesce(:second, (SELECT max(run_id) FROM sequences)) AS second_id
),
one AS (
    SELECT q.number, q.part, t.position, t.token_id, t.depth, t.site, t.mean, t.variance
    FROM sequences q
    JOIN token_statistics t ON t.sequence_id = q.sequence_id
    WHERE q.run_id = (SELECT first_id FROM chosen) AND t.position > 0
),
two AS (
    SELECT q.number, q.part, t.position, t.token_id, t.depth, t.mean, t.variance
    FROM sequences q
    JOIN token_statistics t ON t.sequence_id = q.sequence_id
    WHERE q.run_id = (SELECT second_id FROM chosen) AND t.position > 0
),
paired AS (
    SELECT a.depth, a.site, a.mean AS mean_a, b.mean AS mean_b, a.variance AS variance_a, b.variance AS variance_b,
           CASE WHEN a.variance > 0 THEN ln(a.variance) END AS log_a, CASE WHEN b.variance > 0 THEN ln(b.variance) END AS log_b
    FROM one a
    JOIN two b ON b.number = a.number AND b.part = a.part AND b.position = a.position AND b.token_id = a.token_id AND b.depth = a.depth
),
centred AS (
    SELECT paired.*, log_a - avg(log_a) OVER (PARTITION BY depth) AS x, log_b - avg(log_b) OVER (PARTITION BY depth) AS y
    FROM paired
)
SELECT depth, site, count(*) AS n, avg(variance_a) AS first_variance, avg(variance_b) AS second_variance,
       exp(avg(log_b - log_a)) AS ratio,
       max(CASE WHEN variance_a > 0 THEN abs(variance_b - variance_a) / variance_a END) AS largest_change,
       sum(CASE WHEN mean_a = mean_b AND variance_a = variance_b THEN 1 ELSE 0 END) AS equal,
       CASE WHEN sum(x * x) > 0 AND sum(y * y) > 0 THEN sum(x * y) / sqrt(sum(x * x) * sum(y * y)) END AS correlation
FROM centred
GROUP BY depth, site
ORDER BY depth;
