import Foundation
import Queries
import Reading
import Schema
import Testing

/// Every query file: listed, documented as SQLite sees it, read-only, ordered.
@Suite struct QueryTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "queries")

    @Test func everyFileIsListed() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { $0.hasSuffix(".sql") }
        #expect(Set(files) == Set(Queries.names.map { $0 + ".sql" }))
        for query in try Queries.all() {
            let text = try String(contentsOf: Self.folder.appending(path: query.name + ".sql"), encoding: .utf8)
            #expect(text == query.sql)
        }
    }

    @Test(arguments: Queries.names) func isWhatItsHeaderSays(_ name: String) throws {
        let query = try #require(try Queries.named(name))
        let statement = try Connection(schema: Schema.sql).prepare(query.sql)  // refuses what is not read-only
        #expect(statement.columns == query.columns.map(\.name))
        #expect(Set(statement.parameters) == Set(query.parameters.map(\.name)))
        #expect(query.sql.contains("\nORDER BY "))
        #expect(query.usesVectorFunctions == query.details.contains("vector functions of actrec"))
        #expect(query.question.hasSuffix("?"))
    }

    @Test(arguments: Queries.names) func runsOnAnEmptyRecording(_ name: String) throws {
        let fixture = try RecordingFixture(vectors: false)
        _ = try ReadOnlyDatabase(path: fixture.path).csv(name)
        try fixture.execute(
            "DELETE FROM site_moments; DELETE FROM head_moments; DELETE FROM feature_moments; DELETE FROM predictions;"
                + "DELETE FROM statistic_sums; DELETE FROM largest_feature_sums; DELETE FROM scale_comoments; DELETE FROM largest_tokens;"
                + "DELETE FROM tokens; DELETE FROM sequences; DELETE FROM runs")
        _ = try ReadOnlyDatabase(path: fixture.path).csv(name)
    }

    @Test(arguments: [
        ("-- name: q\n-- Why?\n-- Columns\n--   a  b\nSELECT 1", "expected -- name: the_name(parameters)"),
        ("SELECT 1", "lacks '-- name: ...'"),
        ("-- name: q()\n--\n-- Columns\n--   a  b\nSELECT 1", "lacks a question"),
        ("-- name: q()\n-- Why?\n-- Columns\n--   a  b\nSELECT 1", "lacks '-- Cost: '"),
        ("-- name: q()\n-- Why?\n-- Cost: a row\nSELECT 1", "lacks '-- Columns'"),
        ("-- name: other()\n-- Why?\n-- Columns\n--   a  b\nSELECT 1", "the file's own name"),
        ("-- name: q()\n-- Why?\n-- Cost: a row\n-- Columns\n--   a  b\nSELECT 1", "lacks '-- Shown: '"),
        ("-- name: q()\n-- Why?\n-- Cost: a row\n-- Shown: b\n-- Columns\n--   a  b\nSELECT 1", "lacks the column 'b'"),
        ("-- name: q(x)\n-- Why?\n-- Cost: a row\n-- Shown: a\n-- Columns\n--   a  b\nSELECT 1", "names the parameters"),
        ("-- name: q(x)\n-- Why?\n-- Parameters\n--   :x  a number\n-- Columns\n--   a  b\nSELECT 1", "queries/q.sql:4"),
    ]) func brokenHeadersAreRefused(_ sql: String, _ message: String) {
        #expect { try NamedQuery(parsing: sql, file: "q") } throws: { "\($0)".contains(message) }
    }
}
