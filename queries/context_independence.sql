-- name: context_independence(max_position, run)
-- Does a token's variance depend on its neighbours, or on what else is in the batch?
--
-- Takes tokens that occur more than once at the same position, in different sequences. Where the tokens before them
-- are the same too, nothing may differ, whatever stands behind them or beside them in the batch: the spread is 0 to the bit.
-- Where the tokens before them differ, the spread is 0 only at the first site, which sees nothing but the token and
-- its position. Record texts that begin alike, or give the same words in several texts, to have such tokens.
-- Spark has no group_concat: there it is array_join(collect_list(...)), as Tools/named_queries.py writes it.
--
-- Cost: needs rows: reads every site of the tokens up to max_position, and sorts them once
--
-- Parameters
--   :max_position  integer, the last position to look at, since comparing all that comes before grows with it; 64
--   :run           integer, the run's id; the newest run with a sequence
-- Columns
--   depth             the site's number along the way of the data
--   site              where the norm stands
--   same_before       groups of equal tokens at equal positions, with the same tokens before them
--   spread_same       largest difference of variance within such a group, over the group's mean
--   different_before  groups of equal tokens at equal positions, with different tokens before them
--   spread_different  largest difference of variance within such a group, over the group's mean
WITH run AS (
    SELECT r.run_id, r.model_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
read AS (
    SELECT t.sequence_id, t.position, t.token_id,
           group_concat(t.token_id, ' ') OVER (PARTITION BY t.sequence_id ORDER BY t.position) AS ids
    FROM token_statistics t
    WHERE t.run_id = (SELECT run_id FROM run) AND t.position <= coalesce(:max_position, 64) AND t.depth = 0
),
prefixes AS (
    SELECT sequence_id, position, token_id, dense_rank() OVER (ORDER BY ids) AS prefix FROM read
),
by_prefix AS (
    SELECT t.depth, p.prefix, p.position, p.token_id, count(*) AS n, count(t.variance) AS finite,
           sum(t.variance) AS total, min(t.variance) AS low, max(t.variance) AS high
    FROM token_statistics t
    JOIN prefixes p ON p.sequence_id = t.sequence_id AND p.position = t.position
    WHERE t.run_id = (SELECT run_id FROM run) AND t.position <= coalesce(:max_position, 64)
    GROUP BY t.depth, p.prefix, p.position, p.token_id
),
same AS (
    SELECT depth, count(*) AS n, max((high - low) / (total / finite)) AS spread FROM by_prefix WHERE n > 1 GROUP BY depth
),
token_groups AS (
    SELECT depth, (max(high) - min(low)) / (sum(total) / sum(finite)) AS spread
    FROM by_prefix
    GROUP BY depth, position, token_id
    HAVING count(*) > 1
),
different AS (
    SELECT depth, count(*) AS n, max(spread) AS spread FROM token_groups GROUP BY depth
)
SELECT s.depth, s.site, coalesce(a.n, 0) AS same_before, a.spread AS spread_same,
       coalesce(b.n, 0) AS different_before, b.spread AS spread_different
FROM run
JOIN sites s ON s.model_id = run.model_id
LEFT JOIN same a ON a.depth = s.depth
LEFT JOIN different b ON b.depth = s.depth
WHERE s.depth IN (SELECT depth FROM by_prefix)
ORDER BY s.depth;
