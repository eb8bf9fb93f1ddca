import Queries
import TestSupport
import Testing

/// Statements of one's own, from the command line and from files.
@Suite struct SQLCommandTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
        let outcome = try actrec(
            "record", "I feel hatred today.", "I feel ok today.", "--capture", "stats,patterns,loss", "-q", "-o", path)
        #expect(outcome.code == 0, "\(outcome.stderr)")
    }

    @Test func aNamedQuerysTextInAFileGivesItsRows() throws {
        for query in try Queries.all() {
            let values = query.name == "token_variance" ? ["-p", "tokens=hatred,ok"] : []
            let file = try directory.write("\(query.name).sql", actrec("query", path, query.name, "--explain").stdout)
            let own = try actrec(["sql", path, "--file", file, "--format", "csv"] + values)
            let named = try actrec(["query", path, query.name, "--format", "csv"] + values)
            #expect(own.code == 0, "\(query.name): \(own.stderr)")
            #expect(own.stdout == named.stdout, "\(query.name)")
        }
    }

    @Test func aStatementComesFromStandardInput() throws {
        let outcome = try actrec(
            "sql", path, "-f", "-", "--format", "csv", "-p", "more=1", input: "SELECT 41\n  + :more AS answer;\n")
        #expect(outcome.stdout == "answer\n42\n", "\(outcome.stderr)")
    }

    @Test func aFileFromWindowsIsRead() throws {
        let file = try directory.write("mine.sql", "\u{FEFF}-- mine\r\nSELECT 42 AS answer;\r\n")
        let outcome = try actrec("sql", path, "--file", file, "--format", "csv")
        #expect(outcome.stdout == "answer\n42\n", "\(outcome.stderr)")
    }

    @Test(arguments: [
        ["-- mine\nSELECT 42 AS answer"], ["--\nSELECT 42 AS answer"], ["--format", "csv", "-- mine\nSELECT 42 AS answer"],
        ["--", "-- mine\nSELECT 42 AS answer"],
    ])
    func aStatementMayBeginWithAComment(_ arguments: [String]) throws {
        let outcome = try actrec(["sql", path, "--no-header"] + arguments)
        #expect(outcome.stdout.contains("42"), "\(outcome.stderr)")
    }

    @Test func anErrorSaysTheLineOfTheFile() throws {
        let file = try directory.write("mine.sql", "-- mine\nSELECT token,\n  varaince FROM token_statistics\n")
        let outcome = try actrec("sql", path, "--file", file)
        #expect(outcome.code == 1)
        #expect(outcome.stderr == "actrec: error: SQL error at line 3, column 3: no such column: varaince\n")
        let given = try actrec("sql", path, "-- mine\nSELECT token,\n  varaince FROM token_statistics\n")
        #expect(given.stderr == outcome.stderr)
    }

    @Test func anUnknownOptionIsNoStatement() throws {
        let outcome = try actrec("sql", path, "--fromat", "csv", "SELECT 1")
        #expect(outcome.code == 64)
        #expect(outcome.stderr.contains("--fromat"))
    }
}
