/// What a comparison reads from its run. The sequences' metadata say which word stands at which position of which
/// carrier: {"word": "hatred", "carrier": "I felt {} when I read it.", "position": 2, "pieces": 1}.
enum ComparisonQuery {
    /// One row a site and word, in the order of depth and of the words; deviations are divided by n - 1.
    static let sites = """
        WITH measured AS MATERIALIZED (
            SELECT q.number, json_extract(q.metadata, '$.word') AS word, json_extract(q.metadata, '$.carrier') AS carrier,
                   json_extract(q.metadata, '$.pieces') AS pieces, s.token, s.site, s.depth, s.variance, s.kurtosis
            FROM sequences q
            JOIN token_statistics s ON s.run_id = q.run_id AND s.sequence_id = q.sequence_id
                AND s.position = json_extract(q.metadata, '$.position')
            WHERE q.run_id = :run
        ),
        first AS MATERIALIZED (
            SELECT depth, carrier, variance FROM measured
            WHERE word = (SELECT word FROM measured ORDER BY number LIMIT 1)
        ),
        paired AS (
            SELECT m.*, ln(f.variance / m.variance) AS log_ratio
            FROM measured m
            LEFT JOIN first f ON f.depth = m.depth AND f.carrier = m.carrier
        ),
        centred AS (
            SELECT *, variance - avg(variance) OVER same AS deviation, log_ratio - avg(log_ratio) OVER same AS log_deviation
            FROM paired
            WINDOW same AS (PARTITION BY depth, word)
        )
        SELECT word, token, pieces, site, depth,
               count(variance) AS n,
               avg(variance) AS mean_variance,
               CASE WHEN count(variance) > 1 THEN sqrt(sum(deviation * deviation) / (count(variance) - 1)) END AS sd_variance,
               avg(kurtosis) AS mean_kurtosis,
               count(log_ratio) AS pairs,
               avg(log_ratio) AS mean_log_ratio,
               CASE WHEN count(log_ratio) > 1 THEN sqrt(sum(log_deviation * log_deviation) / (count(log_ratio) - 1)) END
                   AS sd_log_ratio
        FROM centred
        GROUP BY depth, word
        ORDER BY depth, min(number)
        """

    /// The embeddings that a measured token begins with (token, position, token type; NULL what the model does not have), and
    /// the place of its word among the words, from 0; one row a sequence.
    static let embeddings = """
        WITH words AS (
            SELECT json_extract(metadata, '$.word') AS word, row_number() OVER (ORDER BY min(number)) - 1 AS word_index
            FROM sequences
            WHERE run_id = :run
            GROUP BY json_extract(metadata, '$.word')
        )
        SELECT w.word_index, e.vector AS token_embedding, p.vector AS position_embedding, y.vector AS type_embedding
        FROM sequences q
        JOIN words w ON w.word = json_extract(q.metadata, '$.word')
        JOIN activation_vectors e ON e.run_id = q.run_id AND e.sequence_id = q.sequence_id AND e.hook = 'hook_embed'
            AND e.position = json_extract(q.metadata, '$.position')
        LEFT JOIN activation_vectors p ON p.run_id = q.run_id AND p.sequence_id = q.sequence_id AND p.hook = 'hook_pos_embed'
            AND p.position = json_extract(q.metadata, '$.position')
        LEFT JOIN activation_vectors y ON y.run_id = q.run_id AND y.sequence_id = q.sequence_id
            AND y.hook = 'hook_token_type_embed' AND y.position = json_extract(q.metadata, '$.position')
        WHERE q.run_id = :run
        ORDER BY q.number
        """
}
