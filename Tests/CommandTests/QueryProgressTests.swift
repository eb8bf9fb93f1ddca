import Foundation
import TestSupport
import Testing

/// A statement that takes long says so, where somebody looks.
@Suite struct QueryProgressTests {
    private static let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
        #expect(try actrec("record", "ok", "-q", "-o", path).code == 0)
    }

    // `script`, whose options differ between systems, makes a terminal.
    #if os(Linux)
    @Test func aLongStatementShowsWhatItHasRead() throws {
        let command = "stty cols 80; '\(try Executable.path())' sql '\(path)' '\(Self.endless)' --timeout 1.6"
        let program = try RunningProgram("/usr/bin/script", ["-qec", command, "/dev/null"])
        let shown = program.wait().stdout
        #expect(shown.contains(/\r0\.0 MB +0\.0 MB\/s +0:0[12]/))
        // Erased before the error.
        let lastLine = try #require(shown.split(separator: "\r").last { $0.contains("error") })
        #expect(lastLine.hasPrefix("actrec: error: "))
    }

    @Test func theLineStaysWhereRowsGoElsewhere() throws {
        let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i % 1000 = 0"
        let command = "'\(try Executable.path())' sql '\(path)' '\(rows)' --timeout 1.6 --format csv > /dev/null"
        let shown = try RunningProgram("/usr/bin/script", ["-qec", command, "/dev/null"]).wait().stdout
        #expect(shown.contains("MB/s"))
        #expect(shown.matches(of: /\r +\r/).count == 1)
    }

    @Test func aShortOneShowsNothing() throws {
        let command = "'\(try Executable.path())' query '\(path)' position_zero"
        #expect(try !RunningProgram("/usr/bin/script", ["-qec", command, "/dev/null"]).wait().stdout.contains("MB"))
    }
    #endif

    @Test func aPipeGetsNothing() throws {
        let outcome = try actrec("sql", path, Self.endless, "--timeout", "1.3")
        #expect(outcome.code == 5)
        #expect(!outcome.stderr.contains("MB/s"))
    }
}
