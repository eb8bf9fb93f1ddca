-- name: context_independence(max_position, max_tokens, run)
-- Does a token's variance depend on its neighbours, or on what else is in the batch?
--
-- Takes tokens that occur more than once at the same position, in different sequences. Where the tokens before them
-- are the same too, nothing may differ, whatever stands behind them or beside them in the batch: the spread is 0 to the bit.
-- Where the tokens before them differ, the spread is 0 only at the first site, which sees nothing but the token and
-- its position. Record texts that begin alike, or give the same words in several texts, to have such tokens.
-- Spark has no group_concat: there it is array_join(collect_list(...)), as Tools/named_queries.py writes it.
--
-- Cost: needs rows: reads and sorts every site of the tokens that it compares
-- Shown: site, same_before, spread_same, different_before, spread_different
--
-- Parameters
--   :max_position  integer, the last position to look at, since comparing all that comes before grows with it; 64
--   :max_tokens    integer, about how many tokens to compare: those of the run's first sequences; 50000
--   :run           integer, the run's id; the newest run with a sequence
-- Columns
--   depth             the site's number along the way of the data
--   site              where the norm stands
--   same_before       groups of equal tokens at equal positions, with the same tokens before them
--   spread_same       largest difference of variance within such a group, over the group's mean
--   different_before  groups of equal tokens at equal positions, with different tokens before them
--   spread_different  largest difference of variance within such a group, over the group's mean
WITH run AS (
    SELECT r.run_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
counted AS (
    SELECT q.sequence_id, sum(q.token_count) OVER (ORDER BY q.sequence_id) - q.token_count AS before
    FROM sequences q
    WHERE q.run_id = (SELECT run_id FROM run)
),
placed AS (
    SELECT t.sequence_id, t.position, t.depth, t.site, t.token_id, t.variance
    FROM token_statistics t
    WHERE t.run_id = (SELECT run_id FROM run) AND t.position <= coalesce(:max_position, 64)
      AND t.sequence_id <= (SELECT max(sequence_id) FROM counted WHERE before < coalesce(:max_tokens, 50000))
),
read AS (
    SELECT sequence_id, position, token_id,
           group_concat(token_id, ' ') OVER (PARTITION BY sequence_id ORDER BY position) AS ids
    FROM placed
    WHERE depth = 0
),
prefixes AS (
    SELECT sequence_id, position, token_id, dense_rank() OVER (ORDER BY ids) AS prefix FROM read
),
same AS (
    SELECT a.depth, p.prefix, (max(a.variance) - min(a.variance)) / avg(a.variance) AS spread
    FROM prefixes p
    JOIN placed a ON a.sequence_id = p.sequence_id AND a.position = p.position
    GROUP BY a.depth, p.prefix
    HAVING count(*) > 1
),
different AS (
    SELECT a.depth, a.position, a.token_id, (max(a.variance) - min(a.variance)) / avg(a.variance) AS spread
    FROM prefixes p
    JOIN placed a ON a.sequence_id = p.sequence_id AND a.position = p.position
    GROUP BY a.depth, a.position, a.token_id
    HAVING count(DISTINCT p.prefix) > 1
),
same_by_depth AS (
    SELECT depth, count(*) AS n, max(spread) AS spread FROM same GROUP BY depth
),
different_by_depth AS (
    SELECT depth, count(*) AS n, max(spread) AS spread FROM different GROUP BY depth
)
SELECT s.depth, s.site, coalesce(a.n, 0) AS same_before, a.spread AS spread_same,
       coalesce(b.n, 0) AS different_before, b.spread AS spread_different
FROM (SELECT DISTINCT depth, site FROM placed) s
LEFT JOIN same_by_depth a ON a.depth = s.depth
LEFT JOIN different_by_depth b ON b.depth = s.depth
ORDER BY s.depth;
