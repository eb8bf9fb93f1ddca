import Foundation
import TestSupport
import Testing

/// Standard streams that are closed, full, or whose other end is gone.
@Suite struct StandardStreamTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Runs `actrec ARGUMENTS REDIRECTION` in a shell.
    private func run(_ arguments: String, _ redirection: String) throws -> Outcome {
        let program = try RunningProgram(
            "/bin/sh", ["-c", "exec '\(try Executable.path())' \(arguments) \(redirection)"], directory: directory.path)
        return program.wait()
    }

    @Test(arguments: ["2>&-", "2>/dev/full", "<&- >&- 2>&-"])
    func aRecordingGoesOnWhereNobodyCanBeTold(_ redirection: String) throws {
        #expect(try run("record 'They said that hatred was ok' -o run.db", redirection).code == 0)
        // Nothing was written into a file that was opened in the stream's place.
        let outcome = try actrec("verify", directory.place("run.db"))
        #expect(outcome.code == 0, "\(outcome.stdout)\(outcome.stderr)")
        #expect(try run("record '' -o other.db", redirection).code == 1)
        #expect(try directory.names() == ["run.db"])
    }

    @Test func noOutputIsAnError() throws {
        #expect(try actrec("record", "ok", "-q", "-o", "run.db", directory: directory.path).code == 0)
        for arguments in ["query run.db position_zero", "export run.db", "schema", "tokenize ok"] {
            let outcome = try run(arguments, ">&-")
            #expect(
                outcome.code == 2 && outcome.stderr.hasPrefix("actrec: error: cannot write to standard output"),
                "\(arguments): \(outcome.stderr)")
        }
    }

    @Test func noInputIsAnError() throws {
        let outcome = try run("record --file - -o run.db", "<&-")
        #expect(outcome.code == 2 && outcome.stderr.hasPrefix("actrec: error: cannot read standard input"), "\(outcome.stderr)")
    }

    @Test func whatComesThroughAPipeIsRecordedBeforeMoreComes() throws {
        let path = directory.place("run.db")
        let program = try RunningProgram(Executable.path(), ["record", "--file", "-", "-q", "--batch-tokens", "1", "-o", path])
        program.feed("one\ntwo\n")
        let query = ["sql", path, "SELECT count(*) FROM sequences", "--format", "csv", "--no-header"]
        try wait(for: "the first sequence") { try actrec(query).stdout == "1\n" }
        #expect(program.wait().code == 0)
        #expect(try actrec(query).stdout == "2\n")
    }
}
