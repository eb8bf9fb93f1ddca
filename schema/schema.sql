-- What a recording holds: who ran what (models, runs, sequences), the text (tokens, vocabulary), and the facts.
--
-- Facts are one row per token and place, with all statistics of that place as columns. Their keys are numbers
-- made of their parts, so that rows are found without a second index and stored in the order of recording:
--     site_moments.moments_key = token_key * 1024 + depth
--     head_moments.moments_key = (token_key * 1024 + layer) * 1024 + head, and so attention_moments
--     qk_moments.moments_key   = (token_key * 1024 + depth) * 1024 + head
--     lens_values.lens_key     = token_key * 1024 + layer
--     share_values.share_key   = (token_key * 1024 + depth) * 4096 + component
--     attribution_values.attribution_key = token_key * 4096 + component
-- The views at the end undo this. They are the public face: names and columns there do not change.
--
-- variance is everywhere the population variance (sum of squared deviations / n), which LayerNorm uses.
-- A statistic that is not a number (NaN) is stored as NULL.

PRAGMA application_id = 1633907826; -- 'actr'
PRAGMA user_version = 6;

CREATE TABLE models (
    model_id       INTEGER PRIMARY KEY,
    name           TEXT NOT NULL,     -- as it was asked for
    source         TEXT NOT NULL,     -- directory, or 'embedded'
    architecture   TEXT NOT NULL,     -- model_type of config.json
    norm           TEXT NOT NULL CHECK (norm IN ('layer_norm', 'rms_norm')),
    placement      TEXT NOT NULL CHECK (placement IN ('pre', 'post', 'sandwich', 'branch_post')),
                                      -- of the norms: before a sublayer; after its sum; before and after a sublayer; after it, before its sum
    parallel       INTEGER NOT NULL CHECK (parallel IN (0, 1)), -- 1: attention and MLP read the same stream
    positions      TEXT NOT NULL,     -- learned, rotary, ALiBi or none
    mask           TEXT NOT NULL CHECK (mask IN ('causal', 'bidirectional')), -- tokens before, or all tokens of the sequence
    layers         INTEGER NOT NULL,
    heads          INTEGER NOT NULL,  -- query heads of a layer
    key_value_heads INTEGER NOT NULL, -- heads of keys and values: less where groups of query heads share one
    width          INTEGER NOT NULL,  -- features of the residual stream
    head_width     INTEGER NOT NULL,
    inner_width    INTEGER NOT NULL,  -- of the MLP
    vocabulary     INTEGER NOT NULL,  -- token ids
    context        INTEGER NOT NULL,  -- longest sequence, tokens
    epsilon        REAL NOT NULL,     -- added to the variance under the root; by RMSNorm to the mean square
    activation     TEXT NOT NULL,     -- of the MLP
    unembedding    TEXT NOT NULL CHECK (unembedding IN ('tied', 'separate', 'none')), -- what makes predictions; 'none' makes none
    logit_soft_cap REAL,              -- logits become cap · tanh(logit / cap), as Gemma 2 has it; NULL where they do not
    parameters     INTEGER NOT NULL,  -- weights counted one by one
    fingerprint    TEXT NOT NULL UNIQUE, -- sha256 of config.json and of the XXH3 of all parts of the weights
    weights_sha256 TEXT               -- of the weights file; NULL until a run with this model is complete
) STRICT;

CREATE TABLE runs (
    run_id      INTEGER PRIMARY KEY,
    uuid        TEXT NOT NULL UNIQUE, -- the run's own identity, whatever file it is in
    model_id    INTEGER NOT NULL REFERENCES models,
    status      TEXT NOT NULL CHECK (status IN ('recording', 'complete', 'interrupted')),
    started_at  TEXT NOT NULL,        -- UTC, ISO 8601
    finished_at TEXT,                 -- when it ended; of a run that is recording, or was killed: its last commit
    input       TEXT NOT NULL,        -- where the text came from
    capture     TEXT NOT NULL,        -- what was asked to be recorded
    norm_scheme TEXT NOT NULL CHECK (norm_scheme IN ('token', 'feature', 'sequence', 'frozen', 'none')),
                                      -- where the norms took their statistics; 'token' is the model's own norm
    frozen_from TEXT,                 -- of a frozen run: the uuid of the run that gave the scales
    compared_with INTEGER,            -- of an edited run: the run in this file that it is compared with; NULL where there is none
    label       TEXT,                 -- the user's own name for the run
    version     TEXT NOT NULL,        -- of actrec
    instruction_set TEXT NOT NULL,    -- vector instructions of the processor, which change no number: avx512, avx2, baseline
    threads     INTEGER NOT NULL,
    host        TEXT NOT NULL,
    process_id  INTEGER NOT NULL,     -- of the recorder
    sequences   INTEGER NOT NULL DEFAULT 0,
    tokens      INTEGER NOT NULL DEFAULT 0,
    seconds     REAL NOT NULL DEFAULT 0, -- from the first forward pass to the last commit; of resumed or merged parts, the sum
    shard       INTEGER,              -- which share of the input this is, from 1; NULL when it is all of it
    shards      INTEGER,              -- how many shares the input was cut into
    configuration TEXT,               -- what its rows follow from but the input, as JSON; a run resumes with the same only
    input_sha256 TEXT                 -- of the input as far as it was recorded; of all of it once the run is complete
) STRICT;

-- What was changed on the way of a run's forward passes, and what came of it: each edit at each hook point that it names.
CREATE TABLE edits (
    run_id     INTEGER NOT NULL REFERENCES runs,
    number     INTEGER NOT NULL,      -- its place among those asked for, from 1; at one hook point they are made in this order
    hook       TEXT NOT NULL,         -- blocks.3.hook_mlp_out
    text       TEXT NOT NULL,         -- as it was asked for
    operator   TEXT NOT NULL CHECK (operator IN ('=', '+=', '-=', '*=')),
    source_run INTEGER,               -- the run whose vectors were put in or added; NULL where it is none
    alignment  TEXT,                  -- which token's: the own 'position', 'position from the end', 'token', one 'sequence 1 @ 3', the 'mean'
    fired      INTEGER NOT NULL,      -- tokens whose values were written
    changed    INTEGER NOT NULL,      -- values that were written
    largest_change REAL,              -- largest difference between a value before and after
    PRIMARY KEY (run_id, number, hook)
) STRICT, WITHOUT ROWID;

-- A sweep: one place after another changed in a forward pass of its own (`actrec patch`, `actrec ablate`), and what the model
-- predicts then.
CREATE TABLE sweeps (
    sweep_id   INTEGER PRIMARY KEY,   -- counts the sweeps of the file, from 1
    model_id   INTEGER NOT NULL REFERENCES models,
    kind       TEXT NOT NULL CHECK (kind IN ('patch', 'zero', 'mean')),
                                      -- what was put in: the values of the clean text, 0, or the mean over the input's tokens
    made_at    TEXT NOT NULL,         -- UTC, ISO 8601
    input      TEXT NOT NULL,         -- the corrupt text of a patch; else where the texts came from
    clean      TEXT,                  -- of a patch: the text whose values were put in
    answer     TEXT,                  -- of a patch: the token that the clean text predicts
    against    TEXT,                  -- of a patch: the token that the answer is compared with
    tokens     INTEGER NOT NULL,      -- of the input
    logit_difference REAL,            -- of a patch: logit of answer less that of against after the corrupt text, unchanged
    probability REAL,                 -- of a patch: of the answer after the corrupt text, unchanged
    clean_logit_difference REAL,      -- of a patch: the difference after the clean text
    clean_probability REAL,           -- of a patch: of the answer after the clean text
    loss       REAL,                  -- of an ablation: mean loss of the unchanged passes, nats
    seconds    REAL NOT NULL,         -- of the passes
    version    TEXT NOT NULL          -- of actrec
) STRICT;

-- The cells of sweeps: one changed place each.
CREATE TABLE sweep_cells (
    sweep_id   INTEGER NOT NULL REFERENCES sweeps,
    number     INTEGER NOT NULL,      -- its place in the sweep, from 1, in the order of the pass
    hook       TEXT NOT NULL,         -- blocks.3.hook_mlp_out
    layer      INTEGER,               -- NULL outside the blocks
    head       INTEGER,               -- NULL: all, or there are none
    position   INTEGER,               -- in the sequence, from 0; NULL: all
    token      TEXT,                  -- at the position, in the corrupt text
    clean_token TEXT,                 -- at the position, in the clean text
    logit_difference REAL,            -- of a patch: logit of answer less that of against at the last token
    probability REAL,                 -- of a patch: of the answer
    loss       REAL,                  -- of an ablation: mean loss, nats
    PRIMARY KEY (sweep_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE sequences (
    sequence_id INTEGER PRIMARY KEY,
    run_id      INTEGER NOT NULL REFERENCES runs,
    number      INTEGER NOT NULL,     -- its place in the input, from 1: the line of a file, the argument
    part        INTEGER NOT NULL DEFAULT 0, -- which window of a text longer than the context, from 0
    first_token INTEGER NOT NULL,     -- token_key of position 0
    token_count INTEGER NOT NULL,
    text        TEXT,                 -- NULL when token ids were given
    metadata    TEXT,                 -- the other keys of a JSON line, as JSON
    UNIQUE (run_id, number, part)
) STRICT;

CREATE TABLE tokens (
    token_key   INTEGER PRIMARY KEY,  -- counts every token of the file
    sequence_id INTEGER NOT NULL REFERENCES sequences,
    position    INTEGER NOT NULL,     -- in the sequence, from 0
    token_id    INTEGER NOT NULL
) STRICT;

CREATE INDEX tokens_by_id ON tokens (token_id);

-- The token ids that occur in the file's sequences, that a lens found likely, or whose logit was asked for.
CREATE TABLE vocabulary (
    model_id INTEGER NOT NULL REFERENCES models,
    token_id INTEGER NOT NULL,
    bytes    BLOB,                    -- may be a part of a character; NULL for an id the tokenizer does not know
    text     TEXT NOT NULL,           -- to show: bytes that are not UTF-8, and NUL, stand as \xNN
    PRIMARY KEY (model_id, token_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX vocabulary_by_text ON vocabulary (text);

-- Normalization sites: one application of a norm. First those of the residual stream and of what is added to it, in the order
-- in which the data meets them; then those of queries and keys.
CREATE TABLE sites (
    model_id      INTEGER NOT NULL REFERENCES models,
    depth         INTEGER NOT NULL,   -- 0, 1, ... along the way of the data; then the norms of queries and keys
    site          TEXT NOT NULL,      -- blocks.3.ln1, ln_final; embed.ln where the embeddings' sum is normalized
    layer         INTEGER,            -- NULL outside the blocks
    role          TEXT NOT NULL CHECK (role IN ('embed', 'ln1', 'ln2', 'ln1_post', 'ln2_post', 'q_norm', 'k_norm', 'final')),
    placement     TEXT NOT NULL CHECK (placement IN ('pre', 'post', 'branch_post', 'qk', 'embed', 'final')),
                                      -- before a sublayer; after a sum; after a sublayer, before its sum; of queries or keys
    normalizes    TEXT NOT NULL CHECK (normalizes IN ('stream', 'branch', 'q', 'k')), -- what goes through it
    norm          TEXT NOT NULL CHECK (norm IN ('layer_norm', 'rms_norm')),
    weight_offset REAL NOT NULL,      -- added to the stored weight to make the gain: 1 in Gemma, else 0
    heads         INTEGER NOT NULL,   -- vectors of one token that are normalized each on its own: 1 but for some norms of q and k
    width         INTEGER NOT NULL,   -- features of each
    PRIMARY KEY (model_id, depth)
) STRICT, WITHOUT ROWID;

-- The gain and bias of every norm. The gain is what is multiplied by, the stored weight with its offset; without weights it is
-- 1. RMSNorm has no bias, which stands as 0. Where heads have gains of their own, they come one after another.
CREATE TABLE norm_parameters (
    model_id INTEGER NOT NULL REFERENCES models,
    depth    INTEGER NOT NULL,
    feature  INTEGER NOT NULL,
    gain     REAL NOT NULL,
    bias     REAL NOT NULL,
    PRIMARY KEY (model_id, depth, feature)
) STRICT, WITHOUT ROWID;

-- b_O: attn_out = the sum of all heads' results + this. No rows where the architecture has none.
CREATE TABLE attention_output_biases (
    model_id INTEGER NOT NULL REFERENCES models,
    layer    INTEGER NOT NULL,
    feature  INTEGER NOT NULL,
    bias     REAL NOT NULL,
    PRIMARY KEY (model_id, layer, feature)
) STRICT, WITHOUT ROWID;

-- Statistics of the vectors that enter and leave a norm; one row per token and site.
CREATE TABLE site_moments (
    moments_key         INTEGER PRIMARY KEY, -- token_key * 1024 + depth
    mean                REAL,         -- of hook_in, over its features
    variance            REAL,
    minimum             REAL,
    maximum             REAL,
    abs_max_feature     INTEGER NOT NULL, -- the feature with the largest absolute value
    skewness            REAL,         -- third and fourth standardized moments; a Gaussian has 0 and 3
    kurtosis            REAL,
    normalized_mean     REAL,         -- of hook_normalized: centred (not by RMSNorm) and divided, before gain and bias
    normalized_variance REAL,
    out_mean            REAL,         -- of hook_out: after gain and bias
    out_variance        REAL,
    in_out_cosine       REAL,         -- of the angle between hook_in and hook_out
    nonfinite           INTEGER NOT NULL -- NaN or infinite values in hook_in
) STRICT;

-- Norms of queries and keys: what each norm computed; one row per token, site and head. Here a norm has a head axis, unless
-- it takes all heads of a token as one vector: then there is the one row of head 0.
CREATE TABLE qk_moments (
    moments_key INTEGER PRIMARY KEY,  -- (token_key * 1024 + depth) * 1024 + head
    mean        REAL,                 -- of the head's query or key before the norm
    variance    REAL
) STRICT;

-- What each head reads (q, k, v, from the normalized vector) and writes (z, result); one row per token, layer, head.
-- A norm of the stream has no head axis: it normalizes the whole vector before the heads split. Norms of queries and keys have
-- one: see qk_moments.
-- Where query heads share a key and a value, k and v of each are those it reads: the same numbers in each row of a group.
CREATE TABLE head_moments (
    moments_key     INTEGER PRIMARY KEY, -- (token_key * 1024 + layer) * 1024 + head
    q_mean          REAL,
    q_variance      REAL,
    k_mean          REAL,
    k_variance      REAL,
    v_mean          REAL,
    v_variance      REAL,
    z_mean          REAL,             -- the mix of v that attention took
    z_variance      REAL,
    result_mean     REAL,             -- z through the head's rows of W_O, as wide as the residual stream
    result_variance REAL
) STRICT;

-- Where each head looks; one row per token, layer, head, of a run that captured `patterns`.
CREATE TABLE attention_moments (
    moments_key INTEGER PRIMARY KEY,  -- (token_key * 1024 + layer) * 1024 + head
    to_first    REAL,                 -- weight that the token gives to position 0
    to_self     REAL,                 -- weight that it gives to its own position
    entropy     REAL                  -- of its weights over all keys, nats
) STRICT;

-- The other axis: each feature across all tokens of a run. Mean and squared deviations add up across recordings.
CREATE TABLE feature_moments (
    run_id        INTEGER NOT NULL REFERENCES runs,
    depth         INTEGER NOT NULL,
    feature       INTEGER NOT NULL,
    n             INTEGER NOT NULL,   -- tokens
    in_mean       REAL,               -- of hook_in
    in_m2         REAL,               -- sum of squared deviations from the mean
    normalized_mean REAL,
    normalized_m2 REAL,
    out_mean      REAL,
    out_m2        REAL,
    PRIMARY KEY (run_id, depth, feature)
) STRICT, WITHOUT ROWID;

-- Sums over the tokens of a run: what a question about all of them reads in place of the rows. Those of two sets of tokens add up
-- (Chan, Golub and LeVeque 1979), so shards add theirs. `verify` compares each with its rows.
CREATE TABLE statistic_sums (
    run_id        INTEGER NOT NULL REFERENCES runs,
    facts         TEXT NOT NULL,      -- the table whose rows are summed: site_moments, qk_moments, head_moments or attention_moments
    place         INTEGER NOT NULL,   -- depth of the site, or layer of the head
    head          INTEGER NOT NULL,   -- 0 where there is no head axis
    positions     INTEGER NOT NULL CHECK (positions IN (0, 1, 2)), -- the tokens: 0 at position 0, 1 at position 1, 2 at those after
    statistic     TEXT NOT NULL,      -- what is summed: see site_summary and head_summary
    n             INTEGER NOT NULL,   -- tokens for which it is finite; others are left out
    mean          REAL NOT NULL,
    m2            REAL NOT NULL,      -- sum of squared deviations from the mean
    minimum       REAL NOT NULL,
    minimum_token INTEGER NOT NULL,   -- token_key of the first token that has it
    maximum       REAL NOT NULL,
    maximum_token INTEGER NOT NULL,   -- token_key of the first token that has it
    PRIMARY KEY (run_id, facts, place, head, positions, statistic)
) STRICT, WITHOUT ROWID;

-- How often each feature of hook_in has the largest absolute value of a token. Features that never have it have no row.
CREATE TABLE largest_feature_sums (
    run_id        INTEGER NOT NULL REFERENCES runs,
    depth         INTEGER NOT NULL,
    feature       INTEGER NOT NULL,
    tokens        INTEGER NOT NULL,   -- where it has it
    at_position_0 INTEGER NOT NULL,   -- of these, at position 0
    finite        INTEGER NOT NULL,   -- of these, whose value and scale are finite
    abs_sum       REAL NOT NULL,      -- sum of the absolute values at these
    sigma_sum     REAL NOT NULL,      -- sum of the same over each token's scale
    PRIMARY KEY (run_id, depth, feature)
) STRICT, WITHOUT ROWID;

-- How the scales of two sites vary together: sums over the tokens that have a finite log scale at every site, without position 0.
CREATE TABLE scale_comoments (
    run_id      INTEGER NOT NULL REFERENCES runs,
    depth       INTEGER NOT NULL,
    other_depth INTEGER NOT NULL,     -- at most depth
    n           INTEGER NOT NULL,     -- tokens
    mean        REAL NOT NULL,        -- of ln scale at depth
    other_mean  REAL NOT NULL,        -- of ln scale at other_depth
    comoment    REAL NOT NULL,        -- sum of the products of both deviations from their means
    PRIMARY KEY (run_id, depth, other_depth)
) STRICT, WITHOUT ROWID;

-- The 100 tokens with the highest variance before each norm, those at position 0 apart.
CREATE TABLE largest_tokens (
    run_id     INTEGER NOT NULL REFERENCES runs,
    depth      INTEGER NOT NULL,
    position_0 INTEGER NOT NULL CHECK (position_0 IN (0, 1)), -- 1: tokens at position 0
    rank       INTEGER NOT NULL,      -- 1 has the highest; of equal ones, the first token
    token_key  INTEGER NOT NULL REFERENCES tokens,
    variance   REAL NOT NULL,         -- of hook_in, over its features
    PRIMARY KEY (run_id, depth, position_0, rank)
) STRICT, WITHOUT ROWID;

-- How many pairs of mean and variance the norms of a run computed, counted as they were made.
CREATE TABLE computed_pairs (
    run_id INTEGER NOT NULL REFERENCES runs,
    depth  INTEGER NOT NULL,
    pairs  INTEGER NOT NULL,          -- variances, each with its mean; of RMSNorms, mean squares
    means  INTEGER NOT NULL,          -- means that were taken away; RMSNorms take none
    PRIMARY KEY (run_id, depth)
) STRICT, WITHOUT ROWID;

-- Those pairs, where a scheme makes them for a sequence and not for a token.
CREATE TABLE sequence_moments (
    sequence_id INTEGER NOT NULL REFERENCES sequences,
    depth       INTEGER NOT NULL,
    feature     INTEGER NOT NULL,     -- -1 for the scheme 'sequence', which has one pair for all features
    mean        REAL,
    variance    REAL,
    PRIMARY KEY (sequence_id, depth, feature)
) STRICT, WITHOUT ROWID;

-- The parts that are added up on the way to a prediction. First what is written into the residual stream: the parts that add up to hook_in. Pre-LN: all that were written before the
-- site. Post-LN: the sum begins anew with each norm's output, so that this, one sublayer's heads or MLP, and no more.
-- Where a norm stands on the branch, a part is what is added after it: each head's result by that norm's scale and gain. What
-- enters such a norm are the parts of its own sublayer. Behind them the biases that are added to a logit after the stream: the last
-- norm's, and the unembedding's.
CREATE TABLE components (
    model_id  INTEGER NOT NULL REFERENCES models,
    component INTEGER NOT NULL,       -- 0, 1, ... in the order of writing
    name      TEXT NOT NULL,          -- hook_embed, blocks.2.attn.hook_result.7, blocks.2.attn.b_O, blocks.2.hook_mlp_out, ln_final.b
    kind      TEXT NOT NULL CHECK (kind IN ('embed', 'pos_embed', 'token_type_embed', 'norm', 'head', 'attn_bias', 'mlp', 'norm_bias', 'unembed_bias')),
                                      -- an embedding, a head, b_O, an MLP; in post-LN the norm that a sum begins with; the biases after the stream
    layer     INTEGER,                -- NULL outside the blocks
    head      INTEGER,                -- NULL but for heads
    PRIMARY KEY (model_id, component)
) STRICT, WITHOUT ROWID;

-- How much of the variance of hook_in each part accounts for; one row per token, site and part of it.
CREATE TABLE share_values (
    share_key INTEGER PRIMARY KEY,    -- (token_key * 1024 + depth) * 4096 + component
    share     REAL                    -- Cov(part, hook_in) / Var(hook_in); the shares of a site add up to 1
) STRICT;

-- How well the model predicted the next token.
CREATE TABLE predictions (
    token_key       INTEGER PRIMARY KEY REFERENCES tokens,
    log_probability REAL,             -- of the token that follows, natural logarithm; NULL at the last position
    entropy         REAL,             -- of the prediction, nats
    rank            INTEGER,          -- of the token that follows, 1 = most likely; NULL at the last position
    kl              REAL              -- KL divergence of the real model's prediction from this one, nats; NULL when this is it
) STRICT;

-- What the residual stream predicts on its way through the blocks: taken before a block, or after the last one, it goes through the
-- model's own last norm and unembedding ("logit lens", nostalgebraist 2020). One row per token and number of blocks done. The last
-- row is the model's own prediction.
CREATE TABLE lens_values (
    lens_key        INTEGER PRIMARY KEY, -- token_key * 1024 + layer
    log_probability REAL,             -- of the token that follows, natural logarithm; NULL at the last position
    entropy         REAL,             -- of the prediction, nats
    rank            INTEGER,          -- of the token that follows, 1 = most likely; NULL at the last position
    token_1         INTEGER,          -- the most likely token's id
    log_probability_1 REAL,           -- its log-probability
    token_2         INTEGER,          -- the second most likely token's id, and so on
    log_probability_2 REAL,
    token_3         INTEGER,
    log_probability_3 REAL,
    token_4         INTEGER,
    log_probability_4 REAL,
    token_5         INTEGER,
    log_probability_5 REAL
) STRICT;

-- Whose logit a run with `attribution` divides among its parts; one row per token. logit is exact: of what left the last norm, before any
-- soft-cap. predicted is the model's own, in float32 and capped.
CREATE TABLE attribution_targets (
    token_key     INTEGER PRIMARY KEY REFERENCES tokens,
    answer_id     INTEGER,            -- the token whose logit it is: the one that follows, if none was named; NULL where none follows
    against_id    INTEGER,            -- the token whose logit is taken from it; NULL where none was named
    scale         REAL,               -- what the last norm divided by
    logit         REAL,               -- of the answer
    against_logit REAL,
    predicted     REAL,               -- the answer's logit as the model gives it
    against_predicted REAL
) STRICT;

-- What each part adds to the answer's logit, less what it adds to that of against; one row per token and part ("direct logit
-- attribution", Elhage et al. 2021). They add up to logit - against_logit. The last norm divides each part by the scale that it had
-- for the token.
CREATE TABLE attribution_values (
    attribution_key INTEGER PRIMARY KEY, -- token_key * 4096 + component
    contribution    REAL              -- NULL where there is no answer
) STRICT;

-- The hook points whose vectors a run keeps.
CREATE TABLE hooks (
    hook_id    INTEGER PRIMARY KEY,
    run_id     INTEGER NOT NULL REFERENCES runs,
    name       TEXT NOT NULL,         -- blocks.0.ln1.hook_in
    layer      INTEGER,
    head_count INTEGER NOT NULL,      -- 1 where there is no head axis
    window     INTEGER,               -- of scores and patterns: the keys that a token sees at most, itself and those before it; without a
                                      -- mask, half of them on each side; NULL: all
    dtype      TEXT NOT NULL CHECK (dtype IN ('float32', 'float16')),
    overflowed INTEGER NOT NULL DEFAULT 0, -- values beyond 65,504, which float16 keeps as infinite
    UNIQUE (run_id, name)
) STRICT;

-- One activation vector: little-endian values without a header, heads one after another.
-- Attention scores and patterns hold a value for each key that the token sees, head after head: position + 1 keys under a
-- causal mask, token_count without one, fewer in a window.
CREATE TABLE vectors (
    vector_id INTEGER PRIMARY KEY,
    hook_id   INTEGER NOT NULL REFERENCES hooks,
    token_key INTEGER NOT NULL REFERENCES tokens,
    vector    BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX vectors_by_hook ON vectors (hook_id, token_key);

-- What verify compares the rows of a sequence with: made of the numbers before they were written. SQLite has no checksums.
-- The hash (XXH3, 64 bits) of the hashes of the rows in the order of their keys. A row's hash is that of its columns, 8 bytes each:
-- integers, reals (-0 as 0), NULL as the bits 0x7FF8000000000000, a text or BLOB as its hash. Keys count from the sequence's
-- first token, vectors by position; ids of sequences, runs and hooks, and first_token, are left out.
CREATE TABLE checksums (
    sequence_id INTEGER NOT NULL REFERENCES sequences,
    facts       TEXT NOT NULL,        -- the table, or the name of the hook point whose vectors they are
    checksum    INTEGER NOT NULL,
    PRIMARY KEY (sequence_id, facts)
) STRICT, WITHOUT ROWID;

-- Public views ------------------------------------------------------------------------------------------------

-- Two hints to SQLite's planner. coalesce(r.model_id, t.token_id) is r.model_id: a token's text is looked up once the token
-- is known, or the tokens of a text are found, but the vocabulary is never walked through, which would read the facts in
-- the order of token ids. CROSS JOIN is JOIN, but that facts are found by the key of a token, never scanned.

-- One row per token and normalization site: what entered the norm, what it divided by, what left it.
CREATE VIEW token_statistics AS
SELECT q.run_id, q.sequence_id, t.position, t.token_id, w.text AS token,
       s.site, s.layer, s.role, s.depth,
       m.mean, m.variance,
       sqrt(m.variance + CASE s.norm WHEN 'rms_norm' THEN m.mean * m.mean ELSE 0 END + d.epsilon) AS scale,
       sqrt(d.width * (m.mean * m.mean + m.variance)) AS l2_norm,
       m.minimum, m.maximum, max(abs(m.minimum), abs(m.maximum)) AS abs_max, m.abs_max_feature,
       m.skewness, m.kurtosis, m.normalized_mean, m.normalized_variance, m.out_mean, m.out_variance,
       sqrt(d.width * (m.out_mean * m.out_mean + m.out_variance)) AS out_l2_norm,
       m.nonfinite, m.in_out_cosine
FROM sequences q
JOIN runs r ON r.run_id = q.run_id
JOIN models d ON d.model_id = r.model_id
JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
JOIN sites s ON s.model_id = r.model_id
CROSS JOIN site_moments m ON m.moments_key = t.token_key * 1024 + s.depth;

-- One row per token, head and norm of queries or keys: what entered the norm, and what it divided by. Only of models that have
-- such norms (Qwen 3, Gemma 3, OLMo 2, ...).
CREATE VIEW qk_statistics AS
SELECT q.run_id, q.sequence_id, t.position, t.token_id, w.text AS token,
       s.site, s.layer, s.role, s.depth, m.moments_key & 1023 AS head, m.mean, m.variance,
       sqrt(m.variance + CASE s.norm WHEN 'rms_norm' THEN m.mean * m.mean ELSE 0 END + d.epsilon) AS scale,
       sqrt(s.width * (m.mean * m.mean + m.variance)) AS l2_norm
FROM sequences q
JOIN runs r ON r.run_id = q.run_id
JOIN models d ON d.model_id = r.model_id
JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
JOIN sites s ON s.model_id = r.model_id AND s.placement = 'qk'
CROSS JOIN qk_moments m ON m.moments_key BETWEEN (t.token_key * 1024 + s.depth) * 1024 AND (t.token_key * 1024 + s.depth) * 1024 + 1023;

-- One row per token, layer, head and hook: what each head reads (q, k, v) and writes (z, result).
CREATE VIEW head_statistics AS
SELECT run_id, sequence_id, position, token_id, token, layer, head, hook, mean, variance,
       sqrt(features * (mean * mean + variance)) AS l2_norm
FROM (
    SELECT q.run_id, q.sequence_id, t.position, t.token_id, w.text AS token,
           (m.moments_key >> 10) & 1023 AS layer, m.moments_key & 1023 AS head, h.hook,
           CASE h.hook WHEN 'q' THEN m.q_mean WHEN 'k' THEN m.k_mean WHEN 'v' THEN m.v_mean
                       WHEN 'z' THEN m.z_mean ELSE m.result_mean END AS mean,
           CASE h.hook WHEN 'q' THEN m.q_variance WHEN 'k' THEN m.k_variance WHEN 'v' THEN m.v_variance
                       WHEN 'z' THEN m.z_variance ELSE m.result_variance END AS variance,
           CASE h.hook WHEN 'result' THEN d.width ELSE d.head_width END AS features
    FROM sequences q
    JOIN runs r ON r.run_id = q.run_id
    JOIN models d ON d.model_id = r.model_id
    JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
    JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
    CROSS JOIN head_moments m ON m.moments_key BETWEEN t.token_key * 1048576 AND t.token_key * 1048576 + 1048575
    CROSS JOIN (SELECT 'q' AS hook UNION ALL SELECT 'k' UNION ALL SELECT 'v' UNION ALL SELECT 'z' UNION ALL SELECT 'result') h
);

-- One row per token, layer and head of a run that captured `patterns`: where the token looks.
CREATE VIEW attention_statistics AS
SELECT q.run_id, q.sequence_id, t.position, t.token_id, w.text AS token,
       (m.moments_key >> 10) & 1023 AS layer, m.moments_key & 1023 AS head, m.to_first, m.to_self, m.entropy
FROM sequences q
JOIN runs r ON r.run_id = q.run_id
JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
CROSS JOIN attention_moments m ON m.moments_key BETWEEN t.token_key * 1048576 AND t.token_key * 1048576 + 1048575;

-- The other axis: one row per run, site, feature and stage (in, normalized, out), over all tokens of the run.
CREATE VIEW feature_statistics AS
SELECT f.run_id, s.site, s.layer, f.depth, f.feature, g.stage, f.n,
       CASE g.stage WHEN 'in' THEN f.in_mean WHEN 'normalized' THEN f.normalized_mean ELSE f.out_mean END AS mean,
       CASE g.stage WHEN 'in' THEN f.in_m2 WHEN 'normalized' THEN f.normalized_m2 ELSE f.out_m2 END / f.n AS variance
FROM runs r
JOIN feature_moments f ON f.run_id = r.run_id
JOIN sites s ON s.model_id = r.model_id AND s.depth = f.depth
CROSS JOIN (SELECT 'in' AS stage UNION ALL SELECT 'normalized' UNION ALL SELECT 'out') g;

-- Every statistic of a site over the tokens of a run: one row per run, site, head, group of positions and statistic. It has the columns of
-- token_statistics as statistics (of norms of queries and keys, those of qk_statistics), and normalized_square: normalized_mean² +
-- normalized_variance; angle: degrees between hook_in and the all-ones direction; share_of_norm: part of the squared length along
-- it; left_in: the same of hook_normalized; scale_ratio: sqrt(1 - share_of_norm); log_scale: the natural logarithm of scale.
CREATE VIEW site_summary AS
SELECT u.run_id, s.site, s.layer, s.role, s.depth, u.head, u.positions, u.statistic, u.n, u.mean, u.m2 / u.n AS variance,
       u.minimum, a.sequence_id AS minimum_sequence_id, a.position AS minimum_position,
       u.maximum, b.sequence_id AS maximum_sequence_id, b.position AS maximum_position
FROM statistic_sums u
JOIN runs r ON r.run_id = u.run_id
JOIN sites s ON s.model_id = r.model_id AND s.depth = u.place
LEFT JOIN tokens a ON a.token_key = u.minimum_token
LEFT JOIN tokens b ON b.token_key = u.maximum_token
WHERE u.facts IN ('site_moments', 'qk_moments');

-- Every statistic of a head over the tokens of a run: one row per run, layer, head, hook, group of positions and statistic. Of q, k, v, z and
-- result: mean, variance and l2_norm; of pattern: to_first, to_self, entropy, and even, what position 0 would get if all keys that
-- the mask shows got the same.
CREATE VIEW head_summary AS
SELECT u.run_id, u.place AS layer, u.head,
       CASE u.facts WHEN 'attention_moments' THEN 'pattern' ELSE substr(u.statistic, 1, instr(u.statistic, '_') - 1) END AS hook,
       u.positions,
       CASE u.facts WHEN 'attention_moments' THEN u.statistic ELSE substr(u.statistic, instr(u.statistic, '_') + 1) END AS statistic,
       u.n, u.mean, u.m2 / u.n AS variance, u.minimum, u.maximum
FROM statistic_sums u
WHERE u.facts IN ('head_moments', 'attention_moments');

-- How often each feature has the largest absolute value of a token: one row per run, site and feature that ever has it.
CREATE VIEW largest_features AS
SELECT f.run_id, s.site, s.layer, f.depth, f.feature, f.tokens, f.at_position_0, f.abs_sum / nullif(f.finite, 0) AS mean_abs,
       f.sigma_sum / nullif(f.finite, 0) AS mean_sigmas
FROM largest_feature_sums f
JOIN runs r ON r.run_id = f.run_id
JOIN sites s ON s.model_id = r.model_id AND s.depth = f.depth;

-- How the scales of two sites vary together: one row per run and pair of sites.
CREATE VIEW scale_covariances AS
SELECT c.run_id, s.site, c.depth, c.other_depth, c.n, c.mean, c.other_mean, c.comoment / c.n AS covariance
FROM scale_comoments c
JOIN runs r ON r.run_id = c.run_id
JOIN sites s ON s.model_id = r.model_id AND s.depth = c.depth;

-- The 100 tokens with the highest variance before each norm, those at position 0 apart.
CREATE VIEW largest_variances AS
SELECT l.run_id, s.site, s.layer, s.depth, l.position_0, l.rank, t.sequence_id, t.position, t.token_id, w.text AS token, l.variance,
       m.kurtosis, max(abs(m.minimum), abs(m.maximum)) AS abs_max, m.abs_max_feature
FROM largest_tokens l
JOIN runs r ON r.run_id = l.run_id
JOIN sites s ON s.model_id = r.model_id AND s.depth = l.depth
JOIN tokens t ON t.token_key = l.token_key
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
JOIN site_moments m ON m.moments_key = l.token_key * 1024 + l.depth;

-- The learned parameters of every norm, feature by feature.
CREATE VIEW gain_bias AS
SELECT p.model_id, s.site, s.layer, p.depth, p.feature, p.gain, p.bias
FROM norm_parameters p
JOIN sites s ON s.model_id = p.model_id AND s.depth = p.depth;

-- One row per token and captured hook point, with its vector.
CREATE VIEW activation_vectors AS
SELECT h.run_id, t.sequence_id, t.position, w.text AS token, h.name AS hook, h.layer, h.head_count, h.dtype, v.vector
FROM hooks h
JOIN runs r ON r.run_id = h.run_id
JOIN vectors v ON v.hook_id = h.hook_id
JOIN tokens t ON t.token_key = v.token_key
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id;

-- One row per token of a run that captured `loss`: how well the token after it was predicted.
CREATE VIEW token_predictions AS
SELECT q.run_id, q.sequence_id, t.position, t.token_id, w.text AS token,
       n.token_id AS next_token_id, x.text AS next_token, p.log_probability, p.entropy, p.rank, p.kl
FROM sequences q
JOIN runs r ON r.run_id = q.run_id
JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
JOIN predictions p ON p.token_key = t.token_key
LEFT JOIN tokens n ON n.token_key = t.token_key + 1 AND n.sequence_id = t.sequence_id
LEFT JOIN vocabulary x ON x.model_id = r.model_id AND x.token_id = n.token_id;

-- One row per token, site and part of the residual stream, of a run that captured `shares`: who made the variance.
CREATE VIEW component_shares AS
SELECT q.run_id, q.sequence_id, t.position, t.token_id, w.text AS token, s.site, s.layer, s.role, s.depth,
       c.name AS component, c.kind, c.layer AS component_layer, c.head, v.share
FROM sequences q
JOIN runs r ON r.run_id = q.run_id
JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
JOIN sites s ON s.model_id = r.model_id
CROSS JOIN share_values v ON v.share_key BETWEEN (t.token_key * 1024 + s.depth) * 4096 AND (t.token_key * 1024 + s.depth) * 4096 + 4095
JOIN components c ON c.model_id = r.model_id AND c.component = (v.share_key & 4095);

-- One row per token and layer of a run that captured `lens`: what the residual stream predicts before the block, by the model's own
-- last norm and unembedding. layer 0 is before the first block; as many as the model has, the model's own prediction.
CREATE VIEW lens_predictions AS
SELECT q.run_id, q.sequence_id, t.position, t.token_id, w.text AS token, v.lens_key & 1023 AS layer,
       n.token_id AS next_token_id, x.text AS next_token, v.log_probability, v.entropy, v.rank,
       v.token_1 AS best_token_id, b.text AS best_token, v.log_probability_1 AS best_log_probability
FROM sequences q
JOIN runs r ON r.run_id = q.run_id
JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
CROSS JOIN lens_values v ON v.lens_key BETWEEN t.token_key * 1024 AND t.token_key * 1024 + 1023
JOIN vocabulary b ON b.model_id = coalesce(r.model_id, v.token_1) AND b.token_id = v.token_1
LEFT JOIN tokens n ON n.token_key = t.token_key + 1 AND n.sequence_id = t.sequence_id
LEFT JOIN vocabulary x ON x.model_id = r.model_id AND x.token_id = n.token_id;

-- The five most likely next tokens of each row of lens_predictions.
CREATE VIEW lens_tokens AS
SELECT q.run_id, q.sequence_id, t.position, t.token_id, w.text AS token, v.lens_key & 1023 AS layer, c.choice,
       CASE c.choice WHEN 1 THEN v.token_1 WHEN 2 THEN v.token_2 WHEN 3 THEN v.token_3 WHEN 4 THEN v.token_4
                     ELSE v.token_5 END AS next_token_id,
       x.text AS next_token,
       CASE c.choice WHEN 1 THEN v.log_probability_1 WHEN 2 THEN v.log_probability_2 WHEN 3 THEN v.log_probability_3
                     WHEN 4 THEN v.log_probability_4 ELSE v.log_probability_5 END AS log_probability
FROM sequences q
JOIN runs r ON r.run_id = q.run_id
JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
CROSS JOIN lens_values v ON v.lens_key BETWEEN t.token_key * 1024 AND t.token_key * 1024 + 1023
CROSS JOIN (SELECT 1 AS choice UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5) c
JOIN vocabulary x ON x.model_id = r.model_id
    AND x.token_id = CASE c.choice WHEN 1 THEN v.token_1 WHEN 2 THEN v.token_2 WHEN 3 THEN v.token_3 WHEN 4 THEN v.token_4
                                   ELSE v.token_5 END;

-- One row per token of a run that captured `attribution`: whose logit was divided among its parts.
CREATE VIEW attributed_logits AS
SELECT q.run_id, q.sequence_id, t.position, t.token_id, w.text AS token, a.answer_id, x.text AS answer, a.against_id, y.text AS against,
       a.scale, a.logit, a.against_logit, a.predicted, a.against_predicted
FROM sequences q
JOIN runs r ON r.run_id = q.run_id
JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
JOIN attribution_targets a ON a.token_key = t.token_key
LEFT JOIN vocabulary x ON x.model_id = r.model_id AND x.token_id = a.answer_id
LEFT JOIN vocabulary y ON y.model_id = r.model_id AND y.token_id = a.against_id;

-- One row per token and part of a run that captured `attribution`: what the part adds to the answer's logit, less what it adds to that of
-- against where there is one.
CREATE VIEW logit_attributions AS
SELECT q.run_id, q.sequence_id, t.position, t.token_id, w.text AS token, a.answer_id, x.text AS answer, a.against_id,
       c.name AS component, c.kind, c.layer AS component_layer, c.head, v.contribution
FROM sequences q
JOIN runs r ON r.run_id = q.run_id
JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
JOIN vocabulary w ON w.model_id = coalesce(r.model_id, t.token_id) AND w.token_id = t.token_id
JOIN attribution_targets a ON a.token_key = t.token_key
JOIN vocabulary x ON x.model_id = coalesce(r.model_id, a.answer_id) AND x.token_id = a.answer_id
CROSS JOIN attribution_values v ON v.attribution_key BETWEEN t.token_key * 4096 AND t.token_key * 4096 + 4095
JOIN components c ON c.model_id = r.model_id AND c.component = (v.attribution_key & 4095);

-- One row per cell of a sweep: what was changed, and what came of it. normalized is 0 where the logit difference is the corrupt
-- text's, 1 where it is the clean one's; change is the loss less that of the unchanged passes.
CREATE VIEW sweep_effects AS
SELECT s.sweep_id, s.kind, c.number, c.hook, c.layer, c.head, c.position, c.token, c.clean_token, c.logit_difference,
       (c.logit_difference - s.logit_difference) / nullif(s.clean_logit_difference - s.logit_difference, 0) AS normalized,
       c.probability, c.loss, c.loss - s.loss AS change
FROM sweeps s
JOIN sweep_cells c ON c.sweep_id = s.sweep_id;
