import Foundation
import TestSupport
import Testing

/// The program itself, ended from outside.
@Suite struct KilledRunTests {
    let directory: TemporaryDirectory
    let path: String
    let input: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
        let lines = (1...20_000).map { "They said that number \($0) was ok, and that war violence hate fear was not.\n" }
        input = try directory.write("long.txt", lines.joined())
    }

    private func record(_ capture: String) throws -> RunningProgram {
        try RunningProgram(Executable.path(), ["record", "--file", input, "-o", path, "--capture", capture])
    }

    /// Ten runs into one file, each killed at another moment from its first byte on.
    @Test func aKilledRecordingIsSoundAndMarkedByTheNext() throws {
        for run in 1...10 {
            let program = try record(run.isMultiple(of: 2) ? "all" : "stats")
            usleep(UInt32.random(in: 0..<400_000))  // the moment of the kill, not a wait for anything
            program.send(signal: SIGKILL)
            #expect(program.wait().signal == SIGKILL)
            guard FileManager.default.fileExists(atPath: path) else { continue }
            // A journal left behind is played back by whoever opens the file next; this reader must be able to write for that.
            try recover(path)
            if try dump(path, "SELECT count(*) FROM sqlite_master") == ["0"] { continue }
            _ = try wholeSequences(path)
        }
        let last = try actrec("record", "ok", "-o", path)
        #expect(last.code == 0, "\(last.stderr)")
        let states = try dump(path, "SELECT status FROM runs ORDER BY run_id")
        #expect(states == Array(repeating: "\"interrupted\"", count: states.count - 1) + ["\"complete\""])
        _ = try wholeSequences(path)
    }

    /// The sum over the weights is still being computed when the error comes: leaving must not crash in it.
    @Test func anErrorSoonAfterTheStartEndsInOrder() throws {
        let bad = try directory.write("bad.jsonl", "{\"text\": \"ok\"}\n{\"text\": \"then\"}\n{}\n")
        for _ in 1...15 {
            let outcome = try actrec("record", "--file", bad, "--batch-tokens", "1", "-o", path)
            #expect(outcome.code == 1, "signal \(outcome.signal ?? 0)")
            #expect(outcome.stderr.contains("line 3: "))
        }
        #expect(try dump(path, "SELECT DISTINCT status FROM runs") == ["\"interrupted\""])
    }
}
