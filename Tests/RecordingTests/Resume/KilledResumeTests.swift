import Foundation
import TestSupport
import Testing

/// The program itself, killed and started again.
@Suite struct KilledResumeTests {
    @Test func aRecordingKilledAtAnyMomentEndsWithTheRowsOfOneThatWasNot() throws {
        let directory = try TemporaryDirectory()
        let (path, whole) = (directory.place("run.db"), directory.place("whole.db"))
        let lines = (1...700).map { "Line \($0) said that hatred was ok\(String(repeating: ", and so on", count: $0 % 9)).\n" }
        let input = try directory.write("in.txt", lines.joined())
        let arguments = ["record", "--file", input, "-c", "stats,ln_final.hook_out", "--batch-tokens", "200", "-q"]
        #expect(try actrec(arguments + ["-o", whole]).code == 0)
        var kills = 0
        while true {
            let program = try RunningProgram(Executable.path(), arguments + ["--resume", "-o", path])
            // Later and later, so that it gets to its end; the moment of the kill, not a wait for anything.
            usleep(UInt32.random(in: 0...UInt32(min(kills, 40) * 40_000 + 100_000)))
            program.send(signal: SIGKILL)
            let outcome = program.wait()
            if outcome.signal == SIGKILL { kills += 1; continue }
            #expect(outcome.code == 0, "\(outcome.stderr)")
            break
        }
        #expect(kills > 1)
        try expectSame(path, as: whole)
        #expect(try dump(path, "SELECT count(*), max(status) FROM runs") == ["1|\"complete\""])
        #expect(try directory.names() == ["in.txt", "run.db", "whole.db"])
    }

    @Test func whatIsReadFromAPipeIsGivenAgain() throws {
        let directory = try TemporaryDirectory()
        let (path, whole) = (directory.place("run.db"), directory.place("whole.db"))
        let arguments = ["record", "--file", "-", "--batch-tokens", "1", "-q", "--resume", "-o"]
        let text = (1...40).map { "line \($0)\n" }.joined()
        let complete = try RunningProgram(Executable.path(), arguments + [whole])
        complete.feed(text)
        #expect(complete.wait().code == 0)
        let killed = try RunningProgram(Executable.path(), arguments + [path])
        // More than a pipe and the reader's buffer hold: once it is taken, so are the lines before.
        killed.feed("line 1\nline 2\nline 3\n" + String(repeating: "\n", count: 300_000))
        try waitForSequences(2, in: path)
        killed.send(signal: SIGKILL)
        #expect(killed.wait().signal == SIGKILL)
        let other = try RunningProgram(Executable.path(), arguments + [path])
        other.feed("line 1\nline 3\nline 3\n")
        let refusal = other.wait()
        #expect(
            refusal.code == 1 && refusal.stderr.contains("the input is not the one of the run to go on with"), "\(refusal.stderr)")
        let again = try RunningProgram(Executable.path(), arguments + [path])
        again.feed(text)
        let outcome = again.wait()
        #expect(outcome.code == 0, "\(outcome.stderr)")
        try expectSame(path, as: whole)
    }
}
