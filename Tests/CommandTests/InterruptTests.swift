import Foundation
import GRDB
import TestSupport
import Testing

/// Ctrl-C during a recording.
@Suite struct InterruptTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
    }

    /// A recorder that has begun, waiting for more lines. Each line is a batch of its own.
    private func start() throws -> RunningProgram {
        let program = try RunningProgram(Executable.path(), ["record", "--file", "-", "--batch-tokens", "1", "-o", path])
        // More than a pipe and the reader's buffer hold, and blank lines are no work: once it is taken, the first lines are.
        program.feed("one\ntwo\n" + String(repeating: "\n", count: 300_000))
        program.send(signal: SIGINT)
        #expect(program.waitForErrors(containing: "stopping after this batch; press Ctrl-C again to stop at once\n"))
        return program
    }

    private func read<Value: DatabaseValueConvertible>(_ sql: String) throws -> [Value] {
        // For writing, so that a journal left behind is played back.
        let queue = try DatabaseQueue(path: path)
        return try queue.read { try Value.fetchAll($0, sql: sql) }
    }

    @Test func onceFinishesTheBatchAndMarksTheRun() throws {
        let program = try start()
        program.feed("three\nfour\nfive\n")
        let outcome = program.wait()
        #expect(outcome.code == 130)
        #expect(outcome.output.isEmpty)
        #expect(outcome.stderr.contains("interrupted, the rest was not recorded"))
        #expect(try read("SELECT status FROM runs") == ["interrupted"])
        #expect(try read("PRAGMA integrity_check") == ["ok"])
        let sequences: [Int] = try read("SELECT count(*) FROM sequences")
        #expect((2...5).contains(sequences[0]))
        #expect(try read("SELECT sequences FROM runs") == sequences)
        #expect(try read("SELECT count(*) FROM site_moments") == (try read("SELECT count(*) * 13 FROM tokens") as [Int]))
        #expect(try directory.names() == ["run.db"])
    }

    @Test func twiceStopsAtOnceAndTheNextRecordingGoesOn() throws {
        let program = try start()
        program.send(signal: SIGINT)
        #expect(program.waitForErrors(containing: "never printed") == false)
        #expect(program.wait().code == 130)
        #expect(try read("PRAGMA integrity_check") == ["ok"])
        #expect(try actrec("record", "ok", "-q", "-o", path).code == 0)
        #expect(try read("SELECT status FROM runs ORDER BY run_id") == ["interrupted", "complete"])
    }
}
