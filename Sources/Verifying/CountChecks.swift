import HookPoints
import Reading
import Schema

/// Whether each run has the rows that its capture asks for: no fewer, no more.
enum CountChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var totals = Tally("run totals", "a run's own sequences and tokens are those that are there")
        var sites = Tally("site rows", "tokens x sites")
        var features = Tally("feature rows", "sites x width, each with n = the run's tokens")
        var queryKeys = Tally("query and key rows", "tokens x heads of the norms of queries and keys")
        var heads = Tally("head rows", "tokens x layers x heads")
        var attention = Tally("attention rows", "tokens x layers x heads")
        var shares = Tally("share rows", "every token has the same parts at a site, one after another, and no site is without")
        var vectors = Tally("vectors", "tokens x hook points kept")
        var predictions = Tally("prediction rows", "one for each token")
        var lens = Tally("lens rows", "tokens x (layers + 1)")
        var attribution = Tally("attribution rows", "one for each token, and one for each part of it")
        try database.rows(Self.runs) { row in
            let run = row.integer(0)
            let sequences = Int(row.integer(3))
            let tokens = Int(row.integer(4))
            totals.count(
                2, wrong: abs(sequences - Int(row.integer(1))) + abs(tokens - Int(row.integer(2))),
                "run \(run): \(sequences) sequences, \(tokens) tokens")
            let (layers, headCount, width, siteCount) = (
                Int(row.integer(5)), Int(row.integer(6)), Int(row.integer(7)), Int(row.integer(8))
            )
            let asked = CapturePreset.tables(askedForBy: row.text(9))

            func compare(_ tally: inout Tally, asked: Bool, expected: Int, found: Int) {
                guard asked || found > 0 else { return }
                tally.count(
                    max(expected, found), wrong: abs(expected - found), "run \(run): expected \(expected) rows, found \(found)")
            }
            let normStatistics = asked.contains(.siteMoments)
            compare(
                &sites, asked: normStatistics, expected: tokens * siteCount,
                found: try database.number(rows(of: .siteMoments), [run]))
            compare(
                &queryKeys, asked: normStatistics, expected: tokens * Int(row.integer(11)),
                found: try database.number(rows(of: .queryKeyMoments), [run]))
            let featureCount = tokens == 0 ? 0 : siteCount * width
            compare(&features, asked: normStatistics, expected: featureCount, found: try database.number(featureRows, [run]))
            let otherCounts = try database.number(
                "SELECT count(*) FROM feature_moments WHERE run_id = ?1 AND n <> ?2", [run, Int64(tokens)])
            features.count(0, wrong: otherCounts, "run \(run): features whose n is not \(tokens)")
            compare(
                &heads, asked: asked.contains(.headMoments), expected: tokens * layers * headCount,
                found: try database.number(rows(of: .headMoments), [run]))
            let patterns = try database.number(
                "SELECT count(*) FROM hooks WHERE run_id = ? AND name LIKE '%.attn.hook_pattern'", [run])
            compare(
                &attention, asked: patterns > 0, expected: tokens * layers * headCount,
                found: try database.number(rows(of: .attentionMoments), [run]))
            let (shareCount, wrongShares) = try Self.shares(database, run: run, tokens: tokens, sites: siteCount)
            if asked.contains(.shareValues) || shareCount > 0 {
                shares.count(
                    max(shareCount, tokens), wrong: wrongShares,
                    "run \(run): tokens without some part of a site, or sites without parts")
            }
            let hooks = try database.number("SELECT count(*) FROM hooks WHERE run_id = ?", [run])
            compare(&vectors, asked: hooks > 0, expected: tokens * hooks, found: try database.number(vectorRows, [run]))
            let predicts = row.text(10) != "none"
            compare(
                &predictions, asked: asked.contains(.predictions), expected: predicts ? tokens : 0,
                found: try database.number(rows(of: .predictions), [run]))
            compare(
                &lens, asked: asked.contains(.lensValues), expected: tokens * (layers + 1),
                found: try database.number(rows(of: .lensValues), [run]))
            compare(
                &attribution, asked: asked.contains(.attributionTargets), expected: tokens,
                found: try database.number(rows(of: .attributionTargets), [run]))
            let unlike = try database.number(unlikeAttributions, [run])
            if unlike > 0 { attribution.fail("run \(run): tokens without some part, or with a part where there is no answer") }
        }
        var unknown: [String] = []
        try database.rows("SELECT name FROM hooks ORDER BY hook_id") { row in
            if HookPoint(row.text(0)) == nil { unknown.append(row.text(0)) }
        }
        vectors.count(0, wrong: unknown.count, "names of no hook point: \(unknown.prefix(3).joined(separator: ", "))")
        return [totals, sites, queryKeys, features, heads, attention, shares, vectors, predictions, lens, attribution]
    }

    /// How many shares a run has, and how many are missing or too many.
    private static func shares(_ database: ReadOnlyDatabase, run: Int64, tokens: Int, sites: Int) throws -> (found: Int, wrong: Int)
    {
        var found = 0, wrong = 0
        var last: (depth: Int64, component: Int64)?
        var depths: Set<Int64> = []
        try database.rows(shareRows, [run]) { row in
            let (depth, component, count) = (row.integer(0), row.integer(1), Int(row.integer(2)))
            found += count
            wrong += abs(count - tokens)
            if let last, last.depth == depth, component != last.component + 1 { wrong += 1 }
            last = (depth, component)
            depths.insert(depth)
        }
        return (found, wrong + (tokens == 0 ? 0 : (sites - depths.count) * tokens))
    }

    private static let runs = """
        SELECT r.run_id, r.sequences, r.tokens, count(q.sequence_id), coalesce(sum(q.token_count), 0), d.layers, d.heads, d.width,
               (SELECT count(*) FROM sites s WHERE s.model_id = r.model_id AND s.placement <> 'qk'), r.capture, d.unembedding,
               (SELECT coalesce(sum(s.heads), 0) FROM sites s WHERE s.model_id = r.model_id AND s.placement = 'qk')
        FROM runs r
        JOIN models d ON d.model_id = r.model_id
        LEFT JOIN sequences q ON q.run_id = r.run_id
        GROUP BY r.run_id
        ORDER BY r.run_id
        """

    private static func rows(of table: FactTable) -> String {
        """
        SELECT count(*) FROM sequences q JOIN \(table.name) m ON \(table.rows("m", ofSequence: "q")) WHERE q.run_id = ?
        """
    }

    private static let featureRows = "SELECT count(*) FROM feature_moments WHERE run_id = ?"

    private static let shareRows = """
        SELECT \(FactTable.shareValues.value(.depth, "v")) AS depth, \(FactTable.shareValues.value(.component, "v")) AS component, count(*)
        FROM sequences q
        JOIN share_values v ON \(FactTable.shareValues.rows("v", ofSequence: "q"))
        WHERE q.run_id = ?
        GROUP BY 1, 2
        ORDER BY 1, 2
        """

    /// Tokens that have not as many parts as those of the run with the most, or values where there is no answer.
    private static let unlikeAttributions = """
        WITH counted AS (
            SELECT a.answer_id, count(v.attribution_key) AS parts, count(v.contribution) AS values_there
            FROM sequences q
            JOIN attribution_targets a ON \(FactTable.attributionTargets.rows("a", ofSequence: "q"))
            LEFT JOIN attribution_values v ON \(FactTable.attributionValues.rows("v", ofToken: "a.token_key"))
            WHERE q.run_id = ?1
            GROUP BY a.token_key
        )
        SELECT count(*) FROM counted
        WHERE parts <> max(1, (SELECT max(parts) FROM counted)) OR answer_id IS NULL AND values_there > 0
        """

    private static let vectorRows = """
        SELECT count(*) FROM hooks h
        JOIN vectors v ON v.hook_id = h.hook_id
        JOIN tokens t ON t.token_key = v.token_key
        JOIN sequences q ON q.sequence_id = t.sequence_id AND q.run_id = h.run_id
        WHERE h.run_id = ?
        """
}
