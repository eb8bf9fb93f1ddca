import Reading

/// SQL that fills the tables of sums from the rows of a recording that was made by hand: each statistic by aggregates, in two passes.
enum FixtureSums {
    static var sql: String {
        let token = "FROM token_statistics v JOIN tokens k USING (sequence_id, position)"
        let site = site.map { statistic($0.name, $0.expression, "site_moments", "v.depth", "0", token) }
        let heads = ["q", "k", "v", "z", "result"].flatMap { hook in
            ["mean", "variance", "l2_norm"].map { name in
                statistic(
                    "\(hook)_\(name)", "v.\(name)", "head_moments", "v.layer", "v.head",
                    "FROM head_statistics v JOIN tokens k USING (sequence_id, position) WHERE v.hook = '\(hook)'")
            }
        }
        let attention = [
            ("to_first", "v.to_first"), ("to_self", "v.to_self"), ("entropy", "v.entropy"), ("even", "1e0 / (v.position + 1)"),
        ]
        .map { name, expression in
            statistic(
                name, expression, "attention_moments", "v.layer", "v.head",
                "FROM attention_statistics v JOIN tokens k USING (sequence_id, position)")
        }
        return "BEGIN;\n" + (site + heads + attention).joined() + others + "COMMIT;\n"
    }

    private static let site: [(name: String, expression: String)] =
        [
            "mean", "variance", "scale", "l2_norm", "minimum", "maximum", "abs_max", "skewness", "kurtosis", "normalized_mean",
            "normalized_variance", "out_mean", "out_variance", "out_l2_norm", "in_out_cosine", "nonfinite",
        ].map { ($0, "v.\($0)") } + [
            ("normalized_square", "v.normalized_mean * v.normalized_mean + v.normalized_variance"),
            ("angle", "degrees(acos(v.mean / sqrt(v.mean * v.mean + v.variance)))"),
            ("share_of_norm", "v.mean * v.mean / (v.mean * v.mean + v.variance)"),
            ("scale_ratio", "sqrt(v.variance / (v.mean * v.mean + v.variance))"),
            ("left_in", "v.normalized_mean * v.normalized_mean / (v.normalized_mean * v.normalized_mean + v.normalized_variance)"),
            ("log_scale", "ln(v.scale)"),
        ]

    private static func statistic(
        _ name: String, _ expression: String, _ facts: String, _ place: String, _ head: String, _ source: String
    ) -> String {
        """
        INSERT INTO statistic_sums
        SELECT run_id, '\(facts)', place, head, positions, '\(name)', count(*), avg(x), sum((x - mean) * (x - mean)),
               min(x), min(CASE WHEN x = low THEN token_key END), max(x), min(CASE WHEN x = high THEN token_key END)
        FROM (
            SELECT *, avg(x) OVER place AS mean, min(x) OVER place AS low, max(x) OVER place AS high
            FROM (
                SELECT v.run_id, \(place) AS place, \(head) AS head, min(v.position, 2) AS positions, k.token_key, \(expression) AS x
                \(source)
            )
            WHERE x IS NOT NULL
            WINDOW place AS (PARTITION BY run_id, place, head, positions)
        )
        GROUP BY run_id, place, head, positions;

        """
    }

    private static let others = """
        INSERT INTO largest_feature_sums
        SELECT run_id, depth, abs_max_feature, count(*), sum(position = 0), count(*), sum(abs_max), sum(abs_max / scale)
        FROM token_statistics GROUP BY run_id, depth, abs_max_feature;
        INSERT INTO largest_tokens
        SELECT run_id, depth, position_0, rank, token_key, variance
        FROM (
            SELECT v.run_id, v.depth, v.position = 0 AS position_0, k.token_key, v.variance,
                   row_number() OVER (PARTITION BY v.run_id, v.depth, v.position = 0 ORDER BY v.variance DESC, k.token_key) AS rank
            FROM token_statistics v JOIN tokens k USING (sequence_id, position)
        )
        WHERE rank <= 100;
        INSERT INTO scale_comoments
        WITH logs AS (
            SELECT v.run_id, v.depth, v.sequence_id, v.position, ln(v.scale) AS x,
                   avg(ln(v.scale)) OVER (PARTITION BY v.run_id, v.depth) AS mean
            FROM token_statistics v WHERE v.position > 0
        )
        SELECT a.run_id, a.depth, b.depth, count(*), a.mean, b.mean, sum((a.x - a.mean) * (b.x - b.mean))
        FROM logs a JOIN logs b USING (run_id, sequence_id, position)
        WHERE b.depth <= a.depth
        GROUP BY a.run_id, a.depth, b.depth;

        """
}
