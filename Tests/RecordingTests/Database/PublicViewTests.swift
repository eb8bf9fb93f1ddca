import Foundation
import GRDB
import Recording
import Schema
import Testing

/// The names and columns that others build on. Columns may be added at the end; none of these may move or go.
@Suite struct PublicViewTests {
    static let contract: [(view: String, columns: String)] = [
        (
            "token_statistics",
            """
            run_id, sequence_id, position, token_id, token, site, layer, role, depth, mean, variance, scale, l2_norm, minimum, \
            maximum, abs_max, abs_max_feature, skewness, kurtosis, normalized_mean, normalized_variance, out_mean, out_variance, \
            out_l2_norm, nonfinite
            """
        ),
        ("head_statistics", "run_id, sequence_id, position, token_id, token, layer, head, hook, mean, variance, l2_norm"),
        (
            "qk_statistics",
            "run_id, sequence_id, position, token_id, token, site, layer, role, depth, head, mean, variance, scale, l2_norm"
        ),
        ("feature_statistics", "run_id, site, layer, depth, feature, stage, n, mean, variance"),
        ("gain_bias", "model_id, site, layer, depth, feature, gain, bias"),
        ("activation_vectors", "run_id, sequence_id, position, token, hook, layer, head_count, dtype, vector"),
    ]

    @Test(arguments: contract)
    func viewsBeginWithTheColumnsOfTheContract(_ view: String, columns: String) throws {
        let database = try DatabaseQueue()
        let found = try database.write { db in
            try db.execute(sql: Schema.sql)
            return try Row.fetchAll(db, sql: "SELECT * FROM pragma_table_info(?)", arguments: [view]).map { $0["name"] as String }
        }
        let expected = columns.components(separatedBy: ", ")
        #expect(Array(found.prefix(expected.count)) == expected)
    }

    @Test func everyPublicViewCanBeReadInAnEmptyRecording() throws {
        let database = try DatabaseQueue()
        try database.write { db in
            try db.execute(sql: Schema.sql)
            for view in Schema.publicViews {
                #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM \(view)") == 0, "\(view)")
            }
        }
    }

    /// A view reads through the tables' keys: a filter on one run, sequence or site must not read every row.
    @Test(arguments: [
        "SELECT * FROM token_statistics WHERE sequence_id = 1", "SELECT * FROM head_statistics WHERE sequence_id = 1",
        "SELECT * FROM token_statistics WHERE sequence_id = 1 AND position = 3",
    ])
    func viewsFindMomentsByTheirKeys(_ sql: String) throws {
        let recorded = try Recorded(.tokenIDs(Fixture("odd").source), model: Models.odd())
        let plan = try recorded.rows("EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] as String }
        #expect(plan.contains { $0.hasPrefix("SEARCH m USING INTEGER PRIMARY KEY") }, "\(plan)")
        #expect(!plan.contains { $0.hasPrefix("SCAN m") || $0.hasPrefix("SCAN t") }, "\(plan)")
    }

    /// The facts of a run come in the order of recording; those of a word are found by its text.
    @Test(arguments: ["token_statistics", "head_statistics"]) func aRunIsReadInOrderAndAWordByItsText(_ view: String) throws {
        let recorded = try Recorded(.tokenIDs(Fixture("odd").source), model: Models.odd())
        func plan(_ condition: String) throws -> [String] {
            try recorded.rows("EXPLAIN QUERY PLAN SELECT * FROM \(view) WHERE \(condition)").map { $0["detail"] as String }
                .filter { $0.wholeMatch(of: /SEARCH [qtw] .*/) != nil }
        }
        let run = try plan("run_id = 1")
        #expect(run.map { $0.prefix(8) } == ["SEARCH q", "SEARCH t", "SEARCH w"], "\(run)")
        let word = try plan("run_id = 1 AND token IN ('ok', ' ok')")
        #expect(word.first?.contains("vocabulary_by_text (text=?") == true, "\(word)")
    }
}
