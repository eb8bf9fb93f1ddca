-- name: how_many_statistics(run)
-- How many statistics does layer normalization compute: one pair per token, per feature, or one for all?
--
-- A statistic here is a pair: a mean and a variance. Everything is counted from the rows of the recording;
-- nothing comes from a formula. LayerNorm takes one pair for each token at each site: the row whose `computed`
-- is 'yes', with the pairs that the norms made as they ran. The other rows say what the other axes would have taken on
-- the same vectors, over the whole run. Heads do not multiply the count: a norm sees the whole vector, and the heads
-- split only after it. An RMSNorm takes no mean away and needs one number where a LayerNorm needs two: the mean square;
-- where a norm stands, before a sublayer or after its sum, changes neither. A run recorded with --norm feature or
-- sequence takes its pairs once for each text; one with frozen or none takes none.
-- Needs a run that recorded norm-stats (the default).
--
-- Cost: counts every site of every token of the run
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
--   made                 pairs that the norms of this run made, counted as they ran; NULL for the other axes
--   counted              what was counted
--   numbers              numbers in these pairs: 2 each, mean and variance; of an RMSNorm 1, the mean square
WITH run AS (
    SELECT r.run_id, r.model_id, r.norm_scheme, CASE d.norm WHEN 'rms_norm' THEN 1 ELSE 2 END AS numbers_each
    FROM runs r
    JOIN models d ON d.model_id = r.model_id
    WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
token_rows AS (
    SELECT count(*) AS pairs, count(DISTINCT depth) AS sites
    FROM token_statistics
    WHERE run_id = (SELECT run_id FROM run)
),
made AS (
    SELECT sum(c.pairs) AS pairs FROM run JOIN computed_pairs c ON c.run_id = run.run_id
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
    SELECT 2, 'token and head', NULL, t.sites, t.pairs * d.heads, 'the same rows x heads: there are no such rows, a norm has no heads'
    FROM token_rows t CROSS JOIN run JOIN models d ON d.model_id = run.model_id
    UNION ALL
    SELECT 3, 'feature', 'feature', sites, pairs, 'rows of feature_statistics (one stage): one for each feature and site'
    FROM feature_rows
    UNION ALL
    SELECT 4, 'all', 'sequence', sites, sites, 'sites: one for all tokens and features'
    FROM token_rows
)
SELECT run.run_id, a.axis,
       CASE a.scheme WHEN run.norm_scheme THEN 'yes' ELSE 'no' END AS computed,
       a.sites,
       CASE WHEN a.sites > 0 THEN CAST((a.pairs - a.pairs % a.sites) / a.sites AS BIGINT) END AS statistics_per_site,
       a.pairs,
       CASE a.scheme WHEN run.norm_scheme THEN (SELECT pairs FROM made) END AS made,
       a.counted,
       a.pairs * run.numbers_each AS numbers
FROM run
CROSS JOIN axes a
ORDER BY a.place;
