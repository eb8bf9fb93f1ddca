import CSQLite
import Foundation
import Output
import Queries
import Reading
import Schema
import Testing
import Verifying

/// Opening, parameters, values and errors.
@Suite struct ReadOnlyDatabaseTests {
    @Test func valuesKeepTheirTypes() throws {
        let fixture = try RecordingFixture(vectors: false)
        let database = try ReadOnlyDatabase(path: fixture.path)
        #expect(
            try database.cells("SELECT NULL, 7, 0.1, 'a' || char(0) || 'é', x'00ff', ''")
                == [[.null, .integer(7), .real(0.1), .text("a\0é"), .blob([0, 255]), .text("")]])
        let rows = try database.cells(
            "SELECT :a, $b, @c, :d, typeof(:e)",
            parameters: ["a": .integer(.min), "b": .real(1e300), "c": .text("x\0y"), "d": .blob([1])])
        #expect(rows == [[.integer(.min), .real(1e300), .text("x\0y"), .blob([1]), .text("null")]])
    }

    @Test func argumentsAreTyped() {
        #expect(Cell(argument: "42") == .integer(42))
        #expect(Cell(argument: "-1e-5") == .real(-1e-5))
        #expect(Cell(argument: "inf") == .text("inf"))
        #expect(Cell(argument: "0x10") == .text("0x10"))
        #expect(Cell(argument: " ok") == .text(" ok"))
    }

    @Test func unknownAndWrongParametersAreNamed() throws {
        let fixture = try RecordingFixture(vectors: false)
        let database = try ReadOnlyDatabase(path: fixture.path)
        #expect(throws: QueryError.unknownParameter("z", known: ["x", "y"])) {
            try database.cells("SELECT :x, :y", parameters: ["z": .null])
        }
        #expect(throws: QueryError.unknownParameter("word", known: ["tokens", "run"])) {
            try database.csv("token_variance", values: ["word": "a"])
        }
        #expect(throws: QueryError.wrongValue(parameter: "run", expected: "an integer", found: "last")) {
            try database.csv("token_variance", values: ["run": "last"])
        }
        #expect(try database.csv("token_variance", values: ["tokens": "42"]) == ",,42,0,0,,,,,\n")
    }

    @Test func errorsSayWhere() throws {
        let fixture = try RecordingFixture(vectors: false)
        let database = try ReadOnlyDatabase(path: fixture.path)
        #expect(throws: QueryError.statement(message: "no such column: nonesuch", line: 2, column: 8)) {
            try database.cells("SELECT 1,\n  'é', nonesuch")
        }
        #expect { try database.cells("SELEC 1") } throws: { "\($0)".hasPrefix("SQL error at line 1, column 1") }
    }

    @Test func foreignNewerAndMissingFilesAreRefused() throws {
        let fixture = try RecordingFixture(vectors: false)
        try fixture.execute("PRAGMA user_version = 99")
        #expect(throws: QueryError.otherVersion(path: fixture.path, version: 99, supported: Schema.version)) {
            try ReadOnlyDatabase(path: fixture.path)
        }
        try fixture.execute("PRAGMA application_id = 5")
        #expect(throws: QueryError.notARecording(path: fixture.path, applicationID: 5, expected: Schema.applicationID)) {
            try ReadOnlyDatabase(path: fixture.path)
        }
        #expect { try ReadOnlyDatabase(path: "/nowhere/at all.db") } throws: {
            "\($0)".hasPrefix("cannot open /nowhere/at all.db: No such file")
        }
        #expect { try ReadOnlyDatabase(path: "/tmp") } throws: { "\($0)".hasPrefix("cannot open /tmp") }
        #expect(throws: QueryError.self) { try ReadOnlyDatabase(path: "file:/dev/null?mode=rw") }
        try "This is no database, but it is long enough to look at.".write(toFile: fixture.path, atomically: false, encoding: .utf8)
        #expect(throws: QueryError.cannotOpen(path: fixture.path, reason: "it is not an SQLite database")) {
            try ReadOnlyDatabase(path: fixture.path)
        }
    }

    @Test func truncatedFilesAreDamaged() throws {
        let fixture = try RecordingFixture(vectors: false)
        let whole = try Data(contentsOf: URL(filePath: fixture.path))
        for part in [100, 4096, whole.count / 2, whole.count - 1] {
            try whole.prefix(part).write(to: URL(filePath: fixture.path))
            #expect(throws: QueryError.self) { try ReadOnlyDatabase(path: fixture.path) }
        }
    }

    /// Opens, asks and verifies: an error or an answer, and the same bytes afterwards.
    @Test func randomByteFlipsAreSurvived() throws {
        let fixture = try RecordingFixture()
        let url = URL(filePath: fixture.path)
        let whole = try Data(contentsOf: url)
        var generator = Splitmix(state: 7)
        for round in 0..<300 {
            var damaged = whole
            for _ in 0...round % 4 {
                // Half of them in the first pages, where the schema is.
                let end = Bool.random(using: &generator) ? 8192 : whole.count
                damaged[Int.random(in: 0..<end, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            }
            try damaged.write(to: url)
            for check in [ReadOnlyDatabase.DamageCheck.always, .never] {
                if let database = try? ReadOnlyDatabase(path: fixture.path, options: .init(timeout: 0.3, damageCheck: check)) {
                    for name in Queries.names { _ = try? database.csv(name) }
                }
            }
            if let verifier = try? Verifier(path: fixture.path, timeout: 0.3) { _ = try? verifier.run() }
            #expect(try Data(contentsOf: url) == damaged)
        }
    }

    private struct Splitmix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// What a killed recorder leaves is undone when the file is opened.
    @Test func hotJournalIsRolledBack() throws {
        let fixture = try RecordingFixture(vectors: false)
        let copy = fixture.path + ".killed.db"
        defer { for name in [copy, copy + "-journal"] { try? FileManager.default.removeItem(atPath: name) } }
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        #expect(sqlite3_open(fixture.path, &handle) == SQLITE_OK)
        // A small cache spills the unfinished transaction into the file, as a large one would.
        #expect(
            sqlite3_exec(
                handle,
                """
                PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE site_moments SET mean = 99; UPDATE feature_moments SET in_mean = 99;
                UPDATE head_moments SET q_mean = 99;
                """, nil, nil, nil) == SQLITE_OK)
        sqlite3_db_cacheflush(handle)
        for suffix in ["", "-journal"] { try FileManager.default.copyItem(atPath: fixture.path + suffix, toPath: copy + suffix) }
        let database = try ReadOnlyDatabase(path: copy)
        #expect(try database.cells("SELECT count(*) FROM site_moments WHERE mean = 99") == [[.integer(0)]])
    }
}
