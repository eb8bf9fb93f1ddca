-- name: variance_shares(tokens, site, limit, run)
-- Who made a token spiky: which embedding, head or MLP wrote the variance that enters a norm?
--
-- Needs a run that captured `shares`. A part's share is its covariance with the whole vector over the variance of the
-- vector, so that the shares of a site add up to 1; a negative one works against the others. Position 0 is left out.
--
-- Cost: reads the occurrences of the words, by an index; the rest of the run does not matter
-- Shown: site, token, rank, component, mean_share, min_share, max_share
--
-- Parameters
--   :tokens  text, words separated by commas; matches a token with or without its leading space; hatred,ok
--   :site    text, the name of a normalization site; the last one
--   :limit   integer, how many parts a token; 10
--   :run     integer, the run's id; the newest run with a sequence
-- Columns
--   site        the normalization site
--   token       the token's text
--   rank        1 has the largest share
--   component   the part's name
--   kind        embed, pos_embed, token_type_embed, head, attn_bias or mlp; in post-LN norm, the output that a sum begins with
--   n           occurrences of the token
--   mean_share  mean over the occurrences
--   min_share   smallest
--   max_share   largest
WITH RECURSIVE list(word, rest) AS (
    SELECT '', coalesce(:tokens, 'hatred,ok') || ','
    UNION ALL
    SELECT trim(substr(rest, 1, instr(rest, ',') - 1)), substr(rest, instr(rest, ',') + 1)
    FROM list
    WHERE rest <> ''
),
wanted AS (
    SELECT word AS token FROM list WHERE word <> ''
    UNION
    SELECT ' ' || word FROM list WHERE word <> ''
),
run AS (
    SELECT r.run_id, r.model_id FROM runs r WHERE r.run_id = coalesce(:run, (SELECT max(run_id) FROM sequences))
),
place AS (
    SELECT s.depth FROM run JOIN sites s ON s.model_id = run.model_id
    WHERE s.site = coalesce(:site, s.site)
    ORDER BY s.depth DESC
    LIMIT 1
),
shares AS (
    SELECT v.site, v.token, v.component, v.kind, count(*) AS n,
           avg(v.share) AS mean_share, min(v.share) AS min_share, max(v.share) AS max_share
    FROM component_shares v
    WHERE v.token IN (SELECT token FROM wanted) AND v.run_id = (SELECT run_id FROM run)
      AND v.depth = (SELECT depth FROM place) AND v.position > 0
    GROUP BY v.site, v.token, v.component, v.kind
),
ranked AS (
    SELECT shares.*, row_number() OVER (PARTITION BY token ORDER BY mean_share DESC, component) AS rank
    FROM shares
)
SELECT site, token, rank, component, kind, n, mean_share, min_share, max_share
FROM ranked
WHERE rank <= coalesce(:limit, 10)
ORDER BY token, rank;
