import Foundation
import GRDB
import TestSupport
import Testing
import Verifying

/// Every fault that a writer could make is found by `verify`: columns off by a row, rows in another's place, rows that are missing.
@Suite struct PlantedFaultTests {
    /// A recording of everything, vectors too; and one of statistics alone, where only checksums can tell.
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case everything = "all,shares,logits,lens"
        case statistics = "stats,loss,shares,lens"

        var testDescription: String { rawValue }
    }

    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func record(_ kind: Kind) throws -> String {
        let path = directory.place("run.db")
        for norm in ["token", "feature", "sequence"] {
            let outcome = try actrec(
                "record", "-q", "-m", Paths.fixture("odd"), "-c", kind.rawValue + (norm == "token" ? ",attribution" : ""), "--norm",
                norm, "--batch-tokens", "6", "-o", path,
                "--token-ids", "3 1 4 1", "--token-ids", "5", "--token-ids", "9 2 6 5 3", "--token-ids", "58 9 7")
            #expect(outcome.code == 0, "\(outcome.stderr)")
        }
        // Nothing is wrong, and everything is looked at.
        for check in try Verifier(path: path).run() {
            let isVectorless = kind == .statistics && check.state == .notRecorded && Self.ofVectors.contains(check.name)
            // Of the model there are no norms of queries and keys, and none of its vectors are kept as float16.
            let absent = ["float16 range", "query and key rows", "recomputed query and key statistics"]
            #expect(check.state == .ok || isVectorless || absent.contains(check.name), "\(check)")
        }
        return path
    }

    /// Checks that compare with vectors.
    private static let ofVectors = [
        "vectors", "squared norm", "recomputed statistics", "largest value", "recomputed head statistics", "sum over heads",
        "resid_mid",
        "resid_post", "gain and bias", "attention patterns", "recomputed attention", "recomputed predictions", "attention rows",
        "attention bounds",
    ]

    private func failures(_ path: String) throws -> [String] {
        try Verifier(path: path).run().filter { $0.state == .failed }.map(\.name)
    }

    /// Applies a fault to a copy; the names of the checks that find it, or nil where it changed nothing.
    private func found(in path: String, _ fault: (Database) throws -> Int) throws -> [String]? {
        let copy = directory.place("fault.db")
        try? FileManager.default.removeItem(atPath: copy)
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: copy, configuration: configuration)
        let changed = try queue.write(fault)
        try queue.close()
        return changed == 0 ? nil : try failures(copy)
    }

    /// The tables of facts, how their rows are ordered, and the columns that are no key of them.
    private static let tables: [(name: String, keys: [String], within: String)] = [
        ("tokens", ["token_key"], ""), ("site_moments", ["moments_key"], ""), ("head_moments", ["moments_key"], ""),
        ("attention_moments", ["moments_key"], ""), ("share_values", ["share_key"], ""), ("predictions", ["token_key"], ""),
        ("lens_values", ["lens_key"], ""), ("attribution_targets", ["token_key"], ""),
        ("attribution_values", ["attribution_key"], ""),
        ("feature_moments", ["run_id", "depth", "feature"], ""), ("sequence_moments", ["sequence_id", "depth", "feature"], ""),
        ("statistic_sums", ["run_id", "facts", "place", "head", "positions", "statistic"], ""),
        ("largest_feature_sums", ["run_id", "depth", "feature"], ""), ("scale_comoments", ["run_id", "depth", "other_depth"], ""),
        ("largest_tokens", ["run_id", "depth", "position_0", "rank"], ""),
        ("computed_pairs", ["run_id", "depth"], ""), ("vectors", ["vector_id"], "PARTITION BY hook_id"),
    ]

    @Test(arguments: Kind.allCases)
    func everyColumnThatIsOffByARowIsFound(kind: Kind) throws {
        let path = try record(kind)
        var planted = 0
        for table in Self.tables {
            let columns = try DatabaseQueue(path: path).read { try $0.columns(in: table.name).map(\.name) }
            for column in columns where !table.keys.contains(column) && !["hook_id", "token_key"].contains(column) {
                let checks = try found(in: path) { db in
                    let keys = table.keys.joined(separator: ", ")
                    try db.execute(
                        sql: """
                            CREATE TEMP TABLE shifted AS SELECT \(keys), lag(\(column)) OVER (\(table.within) ORDER BY \(keys)) AS v FROM \(table.name)
                            """)
                    let same = table.keys.map { "s.\($0) = t.\($0)" }.joined(separator: " AND ")
                    try db.execute(
                        sql:
                            "UPDATE \(table.name) AS t SET \(column) = s.v FROM shifted s WHERE \(same) AND s.v IS NOT NULL AND s.v IS NOT t.\(column)"
                    )
                    return db.changesCount
                }
                guard let checks else { continue }
                planted += 1
                #expect(!checks.isEmpty, "\(table.name).\(column) off by a row")
            }
        }
        #expect(planted >= (kind == .everything ? 61 : 57), "\(planted)")
    }

    @Test(arguments: Kind.allCases)
    func everyRowThatIsMissingIsFound(kind: Kind) throws {
        let path = try record(kind)
        for table in Self.tables {
            guard
                let checks = try found(
                    in: path,
                    { db in
                        let keys = table.keys.joined(separator: ", ")
                        try db.execute(
                            sql:
                                "DELETE FROM \(table.name) WHERE (\(keys)) = (SELECT \(keys) FROM \(table.name) ORDER BY \(keys) LIMIT 1 OFFSET 3)"
                        )
                        return db.changesCount
                    })
            else { continue }
            #expect(!checks.isEmpty, "a row of \(table.name)")
        }
    }

    /// A swap by way of keys that nothing has.
    private static func swap(_ table: String, _ key: String, _ a: String, _ b: String) -> String {
        """
        UPDATE \(table) SET \(key) = -1 WHERE \(key) = \(a);
        UPDATE \(table) SET \(key) = \(a) WHERE \(key) = \(b);
        UPDATE \(table) SET \(key) = \(b) WHERE \(key) = -1;
        """
    }

    static let faults: [(String, String)] = [
        ("two heads of a token swapped", swap("head_moments", "moments_key", "3 * 1048576 + 1", "3 * 1048576 + 2")),
        ("two layers of a head swapped", swap("head_moments", "moments_key", "3 * 1048576 + 1", "3 * 1048576 + 1025")),
        ("two tokens' heads swapped", swap("head_moments", "moments_key", "2 * 1048576", "3 * 1048576")),
        ("two sites of a token swapped", swap("site_moments", "moments_key", "2 * 1024 + 1", "2 * 1024 + 2")),
        ("two tokens at a site swapped", swap("site_moments", "moments_key", "2 * 1024 + 1", "3 * 1024 + 1")),
        (
            "two components of a site swapped",
            swap("share_values", "share_key", "(2 * 1024 + 1) * 4096 + 2", "(2 * 1024 + 1) * 4096 + 3")
        ),
        ("two tokens' predictions swapped", swap("predictions", "token_key", "1", "2")),
        ("two tokens swapped", swap("tokens", "token_key", "1", "2")),
        ("q and k swapped", "UPDATE head_moments SET q_mean = k_mean, k_mean = q_mean WHERE moments_key >> 20 = 2"),
        (
            "minimum and maximum in each other's place",
            "UPDATE site_moments SET minimum = maximum, maximum = minimum WHERE moments_key = 2049"
        ),
        ("a value with one bit changed", "UPDATE site_moments SET skewness = skewness * (1 + 2.3e-16) WHERE moments_key = 2049"),
        (
            "two features of a sequence swapped",
            """
            UPDATE sequence_moments SET feature = -7 WHERE feature = 3; UPDATE sequence_moments SET feature = 3 WHERE feature = 4;
            UPDATE sequence_moments SET feature = 4 WHERE feature = -7
            """
        ),
        ("a sequence's text in another's place", "UPDATE sequences SET text = 'other' WHERE sequence_id = 2"),
        ("two sequences' numbers swapped", "UPDATE sequences SET number = number + 100 WHERE sequence_id = 2"),
        (
            "a batch that is missing",
            """
            DELETE FROM site_moments WHERE moments_key >> 10 IN (SELECT token_key FROM tokens WHERE sequence_id = 3);
            DELETE FROM head_moments WHERE moments_key >> 20 IN (SELECT token_key FROM tokens WHERE sequence_id = 3);
            DELETE FROM share_values WHERE share_key >> 22 IN (SELECT token_key FROM tokens WHERE sequence_id = 3);
            DELETE FROM predictions WHERE token_key IN (SELECT token_key FROM tokens WHERE sequence_id = 3);
            DELETE FROM vectors WHERE token_key IN (SELECT token_key FROM tokens WHERE sequence_id = 3);
            DELETE FROM checksums WHERE sequence_id = 3; DELETE FROM tokens WHERE sequence_id = 3; DELETE FROM sequences WHERE sequence_id = 3
            """
        ),
        (
            "a batch without its heads and their checksums",
            """
            DELETE FROM head_moments WHERE moments_key >> 20 IN (SELECT token_key FROM tokens WHERE sequence_id = 3);
            DELETE FROM checksums WHERE sequence_id = 3 AND facts = 'head_moments'
            """
        ),
        ("a sequence without checksums", "DELETE FROM checksums WHERE sequence_id = 3"),
    ]

    @Test(arguments: Kind.allCases)
    func whatStandsInAnothersPlaceIsFound(kind: Kind) throws {
        let path = try record(kind)
        for (name, sql) in Self.faults {
            let checks = try found(in: path) { db in
                let before = db.totalChangesCount
                try db.execute(sql: sql)
                return db.totalChangesCount - before
            }
            #expect(checks?.isEmpty == false, "\(name)")
        }
    }

    /// The check that is for it finds a fault, not only the checksums.
    @Test(arguments: [
        ("recomputed predictions", "UPDATE predictions SET log_probability = log_probability * (1 + 1e-9) WHERE token_key = 2"),
        ("recomputed predictions", "UPDATE predictions SET entropy = entropy * (1 - 1e-9) WHERE token_key = 4"),
        ("recomputed predictions", "UPDATE predictions SET rank = rank + 1 WHERE token_key = 2"),
        ("sequence moments", "UPDATE sequence_moments SET mean = mean - 1e-6 WHERE depth = 1 AND feature = 3"),
        ("sequence moments", "UPDATE sequence_moments SET variance = variance * (1 - 1e-6) WHERE depth = 2 AND feature = -1"),
    ]) func theCheckThatIsForItFindsAFault(_ check: String, _ fault: String) throws {
        let checks = try found(in: record(.everything)) { db in
            try db.execute(sql: fault)
            return db.changesCount
        }
        #expect(checks?.contains(check) == true, "\(checks ?? [])")
    }

    @Test func swappedVectorsAreFound() throws {
        let path = try record(.everything)
        for column in ["token_key", "hook_id"] {
            let checks = try found(in: path) { db in
                let first = try Row.fetchAll(
                    db,
                    sql: column == "token_key"
                        ? "SELECT vector_id, vector FROM vectors WHERE hook_id = 5 ORDER BY token_key LIMIT 2"
                        : "SELECT vector_id, vector FROM vectors WHERE token_key = 2 AND hook_id IN (4, 5) ORDER BY hook_id")
                try db.execute(
                    sql: "UPDATE vectors SET vector = ? WHERE vector_id = ?",
                    arguments: [first[1]["vector"] as Data, first[0]["vector_id"] as Int64])
                try db.execute(
                    sql: "UPDATE vectors SET vector = ? WHERE vector_id = ?",
                    arguments: [first[0]["vector"] as Data, first[1]["vector_id"] as Int64])
                return 2
            }
            #expect(checks?.isEmpty == false, "vectors swapped by \(column)")
        }
    }
}
