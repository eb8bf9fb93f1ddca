import Foundation
import GRDB
import TestSupport
import Testing

/// A recording from a stranger, and statements from anyone: the program reads, within its limits, or refuses. It never crashes,
/// and neither the file nor anything beside it changes.
@Suite struct HostileFileTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
        let made = try actrec("record", "hatred ok", "They said ok.", "-q", "-o", path, "-c", "stats,loss")
        try #require(made.code == 0)
    }

    private func change(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// Everything that lies in the directory, with its bytes.
    private func state() throws -> [String: Data] {
        try Dictionary(
            uniqueKeysWithValues: directory.names().map { ($0, try Data(contentsOf: URL(fileURLWithPath: directory.place($0)))) })
    }

    private static let endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT sum(i) AS variance FROM c"

    /// What a file may do to whoever reads it.
    private static let files: [(name: String, sql: String)] = [
        (
            "a view that loads",
            "DROP VIEW token_statistics; CREATE VIEW token_statistics AS SELECT load_extension('/tmp/evil') AS token"
        ),
        ("a view without an end", "DROP VIEW token_statistics; CREATE VIEW token_statistics AS \(endless)"),
        ("a view of itself", "DROP VIEW token_statistics; CREATE VIEW token_statistics AS SELECT * FROM token_statistics"),
        (
            "a view of huge values",
            "DROP VIEW token_statistics; CREATE VIEW token_statistics AS SELECT zeroblob(1e9) AS token, hex(zeroblob(9e7)) AS variance"
        ),
        ("no views", "DROP VIEW token_statistics; DROP VIEW head_statistics"),
        (
            "triggers",
            "CREATE TRIGGER t INSTEAD OF INSERT ON token_statistics BEGIN DELETE FROM runs; END; CREATE TRIGGER u AFTER UPDATE ON runs BEGIN DELETE FROM tokens; END"
        ),
        ("a huge text", "UPDATE vocabulary SET text = hex(zeroblob(5000000))"),
        (
            "texts that are code",
            "UPDATE vocabulary SET text = '=cmd|calc' || char(27) || ']52;c;aGk=' || char(7) || '</script><script>alert(1)</script>'"
        ),
        ("a write-ahead log", "PRAGMA journal_mode = WAL"),
        ("numbers out of range", "UPDATE sequences SET token_count = 9223372036854775807; UPDATE runs SET tokens = -1"),
        (
            "a million runs",
            "INSERT INTO runs (uuid, model_id, status, started_at, input, capture, norm_scheme, version, instruction_set, threads, host, process_id) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100000) SELECT 'u' || i, 1, 'complete', '', '', '', 'token', '', '', 1, '', 1 FROM c"
        ),
    ]

    @Test(arguments: files.map(\.name))
    func aHostileFileIsReadWithinLimitsAndLeftAsItIs(_ name: String) throws {
        let file = try #require(Self.files.first { $0.name == name })
        try change(file.sql)
        let before = try state()
        let commands = [
            ["sql", path, "SELECT * FROM token_statistics", "--timeout", "1", "--limit", "3"],
            ["query", path, "token_variance", "-p", "tokens=hatred,ok", "--timeout", "1"],
            ["export", path, "--timeout", "1", "--format", "csv"], ["report", path, "-o", "-", "--timeout", "1"],
        ]
        for command in commands {
            let start = ContinuousClock.now
            let outcome = try actrec(command, directory: directory.path)
            let code = try #require(outcome.code, "\(command[0]) ended by signal \(outcome.signal ?? 0)")
            #expect([0, 1, 2, 5].contains(code), "\(command[0]): \(code) \(outcome.stderr)")
            if code != 0 { #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome.stderr)") }
            #expect(ContinuousClock.now - start < .seconds(60))
            #expect(try state() == before, "\(command[0]) wrote something")
        }
    }

    /// Rows that count one value after another are stopped between two of them; this asks for all in one row.
    @Test func aRowThatTakesForeverIsEndedAtItsLimit() throws {
        let before = try state()
        let slow = "length(replace(printf('%.*c', 90000000, 'x'), 'x', 'y'))"
        let start = ContinuousClock.now
        let outcome = try actrec(
            "sql", path, "SELECT " + Array(repeating: slow, count: 500).joined(separator: ", "), "--timeout", "0.2")
        #expect(outcome.code == 5, "\(outcome.stderr)")
        #expect(
            outcome.stderr
                == "actrec: error: stopped after 0.2 s, the time limit; raise it with --timeout SECONDS, or ask for less\n")
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(try state() == before)
    }

    @Test(
        arguments: [
            ("ATTACH 'x.db' AS x", 1), ("VACUUM INTO 'copy.db'", 1), ("VACUUM", 1), ("PRAGMA journal_mode = WAL", 1),
            ("PRAGMA writable_schema = 1", 1), ("SELECT load_extension('x')", 1), ("SELECT 1; DROP TABLE runs", 1),
            ("DELETE FROM runs", 1),
            ("CREATE TEMP TABLE t (a)", 1), ("SELECT writefile('x', 'y')", 1), ("SELECT zeroblob(1e9)", 5), (endless, 5),
        ] as [(String, Int32)])
    func aHostileStatementIsRefusedOrStopped(_ sql: String, code: Int32) throws {
        let before = try state()
        let outcome = try actrec("sql", path, sql, "--timeout", "0.3", directory: directory.path)
        #expect(outcome.code == code, "\(outcome.stderr)")
        #expect(outcome.output.isEmpty)
        #expect(
            outcome.stderr.hasPrefix("actrec: error: ") && outcome.stderr.split(separator: "\n").count == 1, "\(outcome.stderr)")
        #expect(try state() == before)
    }

    @Test func endlessRowsEndAtTheLimit() throws {
        let sql = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c"
        let outcome = try actrec("sql", path, sql, "--limit", "5", "--format", "csv", "--no-header")
        #expect(outcome.stdout == "1\n2\n3\n4\n5\n")
        #expect(outcome.stderr.contains("stopped after 5 rows"))
    }

    /// A recorder that is given the file of a stranger runs none of its triggers' harm unseen: what it cannot check, it refuses.
    @Test func aStrangersTriggerDoesNotRunWhileRecording() throws {
        try change("CREATE TRIGGER t AFTER INSERT ON sequences BEGIN DELETE FROM sequences WHERE run_id = 1; END")
        let outcome = try actrec("record", "ok", "-q", "-o", path)
        #expect(try sequences(ofRun: 1) == 2, "\(outcome.stderr)")
    }

    private func sequences(ofRun run: Int) throws -> Int? {
        let queue = try DatabaseQueue(path: path)
        return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sequences WHERE run_id = ?", arguments: [run]) }
    }
}
