import Foundation
import GRDB
import TestSupport
import Testing

/// `schemes` from the outside. One program at a time: each of them uses every processor.
@Suite(.serialized) struct SchemesTests {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Row: Decodable {
        var scheme: String
        var statistics: Int
        var loss, kl, normalized_r, out_r: Double?
        var changed, earlier: Int?
    }

    private let texts = ["They said that hatred was ok.", "War, violence, hate and fear fill the old city."]

    private func rows(_ arguments: [String], _ path: String) throws -> [Row] {
        let outcome = try actrec(["schemes", "--format", "jsonl", "-o", path] + arguments)
        #expect(outcome.code == 0, "\(outcome.stderr)")
        return try outcome.output.split(separator: 0x0A).map { try JSONDecoder().decode(Row.self, from: Data($0)) }
    }

    @Test func eachSchemeIsCountedAndItsLeakMeasured() throws {
        let directory = try TemporaryDirectory()
        let path = directory.place("schemes.db")
        let rows = try rows(texts, path)
        #expect(rows.map(\.scheme) == ["token", "feature", "sequence", "frozen", "none"])
        let tokens = try #require(
            try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT max(tokens) FROM runs") })
        // 13 sites, width 128, 2 sequences.
        #expect(rows.map(\.statistics) == [13 * tokens, 13 * 128 * 2, 13 * 2, 0, 0])
        #expect(rows.allSatisfy { $0.earlier == tokens - 2 })
        for row in rows {
            let leaks = row.scheme == "feature" || row.scheme == "sequence"
            #expect(leaks ? (row.changed ?? 0) > 0 : row.changed == 0, "\(row.scheme)")
            #expect((row.kl == nil) == (row.scheme == "token"))
            #expect((row.normalized_r == nil) == (row.scheme == "token"))
        }
        let loss = try #require(rows[0].loss)
        for row in rows.dropFirst() { #expect(try #require(row.kl) > 0 && row.loss != loss) }
    }

    @Test func theNewestComparisonOfAFileIsShown() throws {
        let directory = try TemporaryDirectory()
        let path = directory.place("schemes.db")
        let first = try rows([texts[0]], path)
        let second = try rows([texts[1]], path)
        #expect(second.count == 5)
        #expect(second[0].statistics != first[0].statistics)
        #expect(second[0].statistics == (try rows([texts[1]], directory.place("alone.db")))[0].statistics)
    }

    @Test func theRunsSayWhatTheyAre() throws {
        let directory = try TemporaryDirectory()
        let path = directory.place("schemes.db")
        _ = try rows([texts[0]], path)
        let runs = try DatabaseQueue(path: path).read { db in
            try GRDB.Row.fetchAll(db, sql: "SELECT label, norm_scheme, uuid, frozen_from, status FROM runs ORDER BY run_id")
        }
        #expect(
            runs.map { $0["label"] as String }
                == ["token", "feature", "sequence", "frozen", "none"].flatMap {
                    ["schemes: \($0), last token changed", "schemes: \($0)"]
                })
        #expect(runs.allSatisfy { ($0["status"] as String) == "complete" })
        // Frozen at the scales of LayerNorm on this text, in both of its runs.
        let frozen: [String?] = runs.filter { ($0["norm_scheme"] as String) == "frozen" }.map { $0["frozen_from"] }
        #expect(frozen == [runs[1]["uuid"], runs[1]["uuid"]])
    }

    @Test func aSingleTokenHasNothingToLeakTo() throws {
        let directory = try TemporaryDirectory()
        let rows = try rows(["--token-ids", "12876"], directory.place("one.db"))
        #expect(rows.count == 5)
        #expect(rows.allSatisfy { $0.changed == nil && $0.earlier == nil })
        #expect(rows[0].statistics == 13)
    }

    @Test func theTableIsExplainedAndFitsATerminal() throws {
        let directory = try TemporaryDirectory()
        let outcome = try actrec(["schemes", "-o", directory.place("s.db")] + texts)
        #expect(outcome.code == 0)
        #expect(outcome.stdout.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(outcome.stdout.contains("leak"))
    }

    @Test func anEmptyTextIsRefused() throws {
        let directory = try TemporaryDirectory()
        let outcome = try actrec("schemes", "", "-o", directory.place("s.db"))
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains("nothing to record"))
        #expect(try directory.names().isEmpty)
    }
}
