import CSQLite
import Foundation
import Output
import Reading
import Schema
import Testing

/// Nothing that a statement or a file holds can write, escape, crash or run for ever.
@Suite struct SandboxTests {
    private let fixture: RecordingFixture
    private let before: Data

    init() throws {
        fixture = try RecordingFixture(vectors: false)
        before = try Data(contentsOf: URL(filePath: fixture.path))
    }

    private func isUnchanged() throws -> Bool { try Data(contentsOf: URL(filePath: fixture.path)) == before }

    private func open(_ timeout: Double = 10) throws -> ReadOnlyDatabase {
        try ReadOnlyDatabase(path: fixture.path, options: .init(timeout: timeout))
    }

    @Test(arguments: [
        "INSERT INTO tokens VALUES (9, 1, 9, 9)", "UPDATE runs SET tokens = 0", "DELETE FROM runs", "DROP TABLE runs",
        "CREATE TABLE t (a)", "CREATE TEMP TABLE t (a)", "CREATE TEMP VIEW v AS SELECT 1", "ALTER TABLE runs RENAME TO r",
        "ATTACH 'other.db' AS o", "ATTACH ':memory:' AS o", "DETACH main", "VACUUM", "VACUUM INTO 'copy.db'", "ANALYZE", "REINDEX",
        "BEGIN", "BEGIN IMMEDIATE", "SAVEPOINT s", "COMMIT", "PRAGMA writable_schema = ON", "PRAGMA journal_mode = WAL",
        "PRAGMA query_only = OFF", "PRAGMA user_version = 9", "PRAGMA trusted_schema = ON", "PRAGMA temp_store_directory = '/'",
        "PRAGMA hard_heap_limit = 9999999999", "PRAGMA optimize", "PRAGMA wal_checkpoint", "PRAGMA incremental_vacuum",
        "SELECT load_extension('x')", "EXPLAIN DELETE FROM runs", "UPDATE sqlite_master SET sql = ''", "SELECT ?",
        "SELECT fts3_tokenizer('simple')", "WITH x AS (SELECT 1) DELETE FROM runs RETURNING *",
    ]) func isRefused(_ sql: String) throws {
        let database = try open()
        #expect { try database.cells(sql) } throws: { error in
            if case QueryError.refused = error { return true }
            // Functions that this SQLite does not have; the schema's own table.
            return "\(error)".contains("no such function") || "\(error)".contains("may not be modified")
        }
        #expect(try isUnchanged())
    }

    @Test(arguments: [
        "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE runs", "SELECT 1;;;SELECT 2 --", "SELECT 1; nonsense", ";SELECT 1; SELECT 2",
    ]) func stackedStatementsAreRefused(_ sql: String) throws {
        let database = try open()
        #expect { try database.cells(sql) } throws: { if case QueryError.severalStatements = $0 { true } else { false } }
    }

    @Test(arguments: ["", "  ", ";", "-- only a comment", "/* a */ ; -- b"]) func emptyStatementIsRefused(_ sql: String) throws {
        let database = try open()
        #expect(throws: QueryError.noStatement) { try database.cells(sql) }
    }

    @Test(arguments: [
        "SELECT 1;", "SELECT 1 ; -- end\n /* more */ ;", "-- first\nSELECT 1", "VALUES (1)", "PRAGMA application_id",
        "PRAGMA table_info(runs)",
        "SELECT name FROM pragma_table_info('runs')", "SELECT value FROM json_each('[1]')", "EXPLAIN QUERY PLAN SELECT * FROM runs",
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5) SELECT i FROM c",
    ]) func readingIsAllowed(_ sql: String) throws {
        #expect(!(try open().cells(sql)).isEmpty)
    }

    @Test func endlessRecursionIsStopped() throws {
        let database = try open(0.2)
        let start = ContinuousClock.now
        #expect(throws: QueryError.timeout(seconds: 0.2)) {
            try database.cells("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c")
        }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect("\(QueryError.timeout(seconds: 30))".contains("30 s") && "\(QueryError.timeout(seconds: 30))".contains("--timeout"))
        // The next statement has the whole time again.
        #expect(try database.cells("SELECT 1") == [[.integer(1)]])
    }

    @Test(arguments: [
        "SELECT zeroblob(1e9)", "SELECT replace(hex(zeroblob(40000000)), '0', '00')", "SELECT hex(zeroblob(90000000))",
    ])
    func hugeValueIsRefused(_ sql: String) throws {
        let database = try open()
        #expect { try database.cells(sql) } throws: { if case QueryError.tooLarge = $0 { true } else { false } }
    }

    @Test func viewsOfAForeignFileCannotActOutside() throws {
        try fixture.execute(
            "CREATE VIEW trap AS SELECT load_extension('evil'); CREATE VIEW loop AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c"
        )
        #expect(throws: QueryError.self) { try open().cells("SELECT * FROM trap") }
        #expect(throws: QueryError.timeout(seconds: 0.2)) { try open(0.2).cells("SELECT sum(i) FROM loop") }
    }

    @Test func rowLimitCuts() throws {
        let database = try ReadOnlyDatabase(path: fixture.path, options: .init(rowLimit: 4))
        let collector = RowCollector()
        var writer: any RowWriter = collector
        #expect(try database.run("SELECT * FROM tokens", into: &writer) == .init(rows: 4, isCut: true))
        #expect(try database.run("SELECT * FROM tokens LIMIT 4", into: &writer) == .init(rows: 4, isCut: false))
    }
}
