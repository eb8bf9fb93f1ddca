import Reading
import Schema

/// The keys that no foreign key can guard, because they are made of parts.
enum TokenChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var sequences = Tally("sequences", "each sequence has token_count tokens, one after another from position 0")
        sequences.count(
            try database.number("SELECT count(*) FROM sequences"),
            wrong: try database.number("SELECT count(*) FROM (\(brokenSequences))"), "sequences with missing or misplaced tokens")
        let strays = try database.number(
            "SELECT (SELECT count(*) FROM tokens) - (SELECT coalesce(sum(token_count), 0) FROM sequences)")
        sequences.count(0, wrong: abs(strays), "tokens that belong to no sequence")

        var sites = Tally("site keys", "each row of site_moments belongs to a token and a site of its model")
        sites.count(
            try database.number("SELECT count(*) FROM site_moments"), wrong: try database.number(straySites),
            "rows without a token or site")
        var heads = Tally("head keys", "each row of head_moments belongs to a token and a head of its model")
        heads.count(
            try database.number("SELECT count(*) FROM head_moments"), wrong: try database.number(strayHeads(.headMoments)),
            "rows without a token or head")
        var others = Tally(
            "other keys",
            "each row of attention_moments, share_values, predictions, lens_values, attribution_targets and attribution_values belongs to a token, head, part or layer of its model"
        )
        others.count(
            try database.number(
                "SELECT (SELECT count(*) FROM attention_moments) + (SELECT count(*) FROM share_values) + (SELECT count(*) FROM predictions) + (SELECT count(*) FROM lens_values) "
                    + "+ (SELECT count(*) FROM attribution_targets) + (SELECT count(*) FROM attribution_values)"
            ),
            wrong: try database.number(strayHeads(.attentionMoments))
                + database.number(strayShares) + database.number(strayLayers)
                + database.number(strayAttributions)
                + ["predictions", "attribution_targets"].reduce(0) {
                    $0 + (try database.number("SELECT count(*) FROM \($1) WHERE token_key NOT IN (SELECT token_key FROM tokens)"))
                },
            "rows without a token, head, part or layer")
        return [sequences, sites, heads, others]
    }

    private static let brokenSequences = """
        SELECT q.sequence_id
        FROM sequences q
        LEFT JOIN tokens t ON t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
        GROUP BY q.sequence_id
        HAVING count(t.token_key) <> q.token_count
            OR total(t.sequence_id <> q.sequence_id OR t.position <> t.token_key - q.first_token) > 0
        """

    private static let straySites = """
        SELECT count(*)
        FROM site_moments m
        LEFT JOIN tokens t ON t.token_key = \(FactTable.siteMoments.token("m"))
        LEFT JOIN sequences q ON q.sequence_id = t.sequence_id
        LEFT JOIN runs r ON r.run_id = q.run_id
        LEFT JOIN sites s ON s.model_id = r.model_id AND s.depth = \(FactTable.siteMoments.value(.depth, "m"))
        WHERE s.depth IS NULL
        """

    private static let strayShares = """
        SELECT count(*)
        FROM share_values v
        LEFT JOIN tokens t ON t.token_key = \(FactTable.shareValues.token("v"))
        LEFT JOIN sequences q ON q.sequence_id = t.sequence_id
        LEFT JOIN runs r ON r.run_id = q.run_id
        LEFT JOIN sites s ON s.model_id = r.model_id AND s.depth = \(FactTable.shareValues.value(.depth, "v"))
        LEFT JOIN components c ON c.model_id = s.model_id AND c.component = \(FactTable.shareValues.value(.component, "v"))
        WHERE c.component IS NULL
        """

    private static let strayAttributions = """
        SELECT count(*)
        FROM attribution_values v
        LEFT JOIN tokens t ON t.token_key = \(FactTable.attributionValues.token("v"))
        LEFT JOIN sequences q ON q.sequence_id = t.sequence_id
        LEFT JOIN runs r ON r.run_id = q.run_id
        LEFT JOIN components c ON c.model_id = r.model_id AND c.component = \(FactTable.attributionValues.value(.component, "v"))
        WHERE c.component IS NULL
        """

    private static let strayLayers = """
        SELECT count(*)
        FROM lens_values v
        LEFT JOIN tokens t ON t.token_key = \(FactTable.lensValues.token("v"))
        LEFT JOIN sequences q ON q.sequence_id = t.sequence_id
        LEFT JOIN runs r ON r.run_id = q.run_id
        LEFT JOIN models d ON d.model_id = r.model_id AND d.layers >= \(FactTable.lensValues.value(.layer, "v"))
        WHERE d.model_id IS NULL
        """

    private static func strayHeads(_ table: FactTable) -> String {
        """
        SELECT count(*)
        FROM \(table.name) m
        LEFT JOIN tokens t ON t.token_key = \(table.token("m"))
        LEFT JOIN sequences q ON q.sequence_id = t.sequence_id
        LEFT JOIN runs r ON r.run_id = q.run_id
        LEFT JOIN models d ON d.model_id = r.model_id AND d.layers > \(table.value(.layer, "m"))
            AND d.heads > \(table.value(.head, "m"))
        WHERE d.model_id IS NULL
        """
    }
}
