-- name: how_many_statistics(run)
-- How many statistics does layer normalization compute: one pair per token, per feature, or one for all?
--
-- A statistic here is a pair: a mean and a variance. Everything is counted from the rows of the recording,
-- token by token as they were made (`verify` counts them again); nothing comes from a formula. LayerNorm takes one pair for each token at each site: the row whose `computed`
-- is 'yes', with the pairs that the norms made as they ran. The other rows say what the other axes would have taken on
-- the same vectors, over the whole run. Heads do not multiply the count of these: a norm of the stream sees the whole vector,
-- and the heads split only after it. A model with norms of queries and keys (Qwen 3, Gemma 3) has norms that do take a pair
-- for each token and head: there that row is 'yes' too. An RMSNorm takes no mean away and needs one number where a LayerNorm needs two: the mean square;
-- where a norm stands, before a sublayer or after its sum, changes neither. A run recorded with --norm feature or
-- sequence takes its pairs once for each text; one with frozen takes no pair, but a LayerNorm still a mean for each token
-- and site (`means`); one with none takes nothing. These schemes leave norms of queries and keys as they are.
-- Needs a run that recorded norm-stats (the default).
--
-- Cost: reads the sums of the run, whatever its length
-- Shown: axis, computed, sites, statistics_per_site, pairs, numbers
--
-- Parameters
--   :run  integer, the run's id; the newest run with a sequence
-- Columns
--   run_id               the run that was counted
--   axis                 what shares one pair of statistics
--   computed             'yes' for the axis that this run's norms took
--   sites                normalization sites with recorded rows
--   statistics_per_site  pairs at one site
--   pairs                pairs at all sites
--   made                 pairs that the norms of this run made, reported by them as they ran; NULL for the other axes
--   counted              what was counted
--   numbers              numbers in these pairs: 2 each, mean and variance; of an RMSNorm 1, the mean square
--   means                means that the norms of this run took away, reported by them; NULL for the other axes
WITH run AS (
    SELECT r.run_id, r.model_id, r.norm_scheme, CASE d.norm WHEN 'rms_norm' THEN 1 ELSE 2 END AS numbers_each
    FROM runs r
    JOIN models d ON d.model_id = r.model_id
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
token_rows AS (
    SELECT coalesce(sum(n), 0) AS pairs, count(DISTINCT depth) AS sites
    FROM site_summary
    WHERE run_id = (SELECT run_id FROM run) AND statistic = 'nonfinite'
),
qk_rows AS (
    SELECT coalesce(sum(n), 0) AS pairs, count(DISTINCT depth) AS sites
    FROM site_summary
    WHERE run_id = (SELECT run_id FROM run) AND role IN ('q_norm', 'k_norm') AND statistic = 'variance'
),
made AS (
    SELECT CASE s.placement WHEN 'qk' THEN 2 ELSE 1 END AS place, sum(c.pairs) AS pairs, sum(c.means) AS means
    FROM run
    JOIN computed_pairs c ON c.run_id = run.run_id
    JOIN sites s ON s.model_id = run.model_id AND s.depth = c.depth
    GROUP BY CASE s.placement WHEN 'qk' THEN 2 ELSE 1 END
),
feature_rows AS (
    SELECT count(*) AS pairs, count(DISTINCT depth) AS sites
    FROM feature_statistics
    WHERE run_id = (SELECT run_id FROM run) AND stage = 'in'
),
axes AS (
    SELECT 1 AS place, 'token' AS axis, 'token' AS scheme, sites, pairs, 'rows of token_statistics: one for each token and site' AS counted
    FROM token_rows
    UNION ALL
    SELECT 2, 'token and head', CASE WHEN k.pairs > 0 THEN 'qk' END,
           CASE WHEN k.pairs > 0 THEN k.sites ELSE t.sites END,
           CASE WHEN k.pairs > 0 THEN k.pairs ELSE t.pairs * d.heads END,
           CASE WHEN k.pairs > 0 THEN 'rows of qk_statistics: one for each token and head of a norm of queries or keys'
                ELSE 'the same rows x heads: there are no such rows, these norms have no heads' END
    FROM token_rows t CROSS JOIN qk_rows k CROSS JOIN run JOIN models d ON d.model_id = run.model_id
    UNION ALL
    SELECT 3, 'feature', 'feature', sites, pairs, 'rows of feature_statistics (one stage): one for each feature and site'
    FROM feature_rows
    UNION ALL
    SELECT 4, 'all', 'sequence', sites, sites, 'sites: one for all tokens and features'
    FROM token_rows
)
SELECT run.run_id, a.axis,
       CASE WHEN a.scheme IN (run.norm_scheme, 'qk') THEN 'yes' ELSE 'no' END AS computed,
       a.sites,
       CASE WHEN a.sites > 0 THEN CAST((a.pairs - a.pairs % a.sites) / a.sites AS BIGINT) END AS statistics_per_site,
       a.pairs,
       CASE WHEN a.scheme IN (run.norm_scheme, 'qk') THEN m.pairs END AS made,
       a.counted,
       a.pairs * run.numbers_each AS numbers,
       CASE WHEN a.scheme IN (run.norm_scheme, 'qk') OR (a.place = 1 AND run.norm_scheme = 'frozen') THEN m.means END AS means
FROM run
CROSS JOIN axes a
LEFT JOIN made m ON m.place = CASE a.scheme WHEN 'qk' THEN 2 ELSE 1 END
ORDER BY a.place;
