import Foundation
import GRDB
import Recording
import TestSupport
import Testing
import Transformer

/// A file with a run that is marked as recording: by a process that lives, or one that died.
@Suite struct OtherRecorderTests {
    let directory: TemporaryDirectory
    let path: String
    let model: Model

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
        model = try Models.odd()
    }

    private func record() throws -> Recording.Summary {
        try Recording.record(TextInput(.tokenIDs(["1 2 3"]), model: model), model: model, to: path)
    }

    /// Makes the file's first run look as if `process` on `host` were at it.
    private func mark(process: Int32, host: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.inDatabase {
            try $0.execute(
                sql: "UPDATE runs SET status = 'recording', finished_at = NULL, process_id = ?, host = ? WHERE run_id = 1",
                arguments: [process, host])
        }
        try queue.close()
    }

    @Test func aLiveRecorderIsNotDisturbed() throws {
        _ = try record()
        try mark(process: 4711, host: "here.example")
        // What a recorder has while it is at a file. A program that another test starts must not inherit it.
        let lock = open(path + "-recorder", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = #expect(throws: RecordingError.self) { try record() }
        #expect(error == .busy(path: path, run: 1, process: 4711, host: "here.example"))
        #expect(error?.description.contains("run 1 by process 4711 on here.example") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        close(lock)
        #expect(try record().runID == 2)
        #expect(try directory.names() == ["run.db"])
    }

    /// Its process id may be another process's by now, and the machine another one or renamed: only the lock tells.
    @Test(arguments: [(getpid(), ProcessInfo.processInfo.hostName), (1, "elsewhere.example")])
    func theRunOfADeadRecorderIsMarkedAsInterrupted(_ process: Int32, _ host: String) throws {
        _ = try record()
        try mark(process: process, host: host)
        #expect(try record().runID == 2)
        #expect(
            try dump(path, "SELECT run_id, status, finished_at IS NULL FROM runs") == ["1|\"interrupted\"|0", "2|\"complete\"|0"])
    }

    /// The first recorder holds its transaction while it waits for input.
    @Test func aSecondRecorderIsToldWhoHoldsTheFile() throws {
        let first = try RunningProgram(Executable.path(), ["record", "--file", "-", "--batch-tokens", "1", "-o", path])
        // More than the pipe and the reader's buffer hold: the sentences before have been taken, and the run is in the file.
        first.feed("one\ntwo\nthree\n" + String(repeating: "\n", count: 300_000))
        let error = #expect(throws: RecordingError.self) { try record() }
        #expect(
            error == .busy(path: path, run: 1, process: Int64(first.identifier), host: ProcessInfo.processInfo.hostName))
        first.feed("four\n")
        let outcome = first.wait()
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(try dump(path, "SELECT status, sequences FROM runs") == ["\"complete\"|4"])
    }

    /// All at once into a file that none of them has made yet: each has its whole run, or is told who has the file.
    @Test func recordersThatStartTogetherNeverMixTheirRows() throws {
        let texts = ["one two three", "four five six seven", "eight", "nine ten"]
        let programs = try texts.map { try RunningProgram(Executable.path(), ["record", $0, "-q", "-o", path]) }
        let outcomes = programs.map { $0.wait() }
        for outcome in outcomes where outcome.code != 0 {
            #expect(outcome.code == 4, "\(outcome.stderr)")
            #expect(
                outcome.stderr.contains("is being recorded into: run ") || outcome.stderr.contains("is locked by"),
                "\(outcome.stderr)")
        }
        let recorded = zip(texts, outcomes).filter { $0.1.code == 0 }.map { "\"\($0.0)\"" }
        #expect(!recorded.isEmpty)
        #expect(try dump(path, "SELECT text FROM sequences ORDER BY text") == recorded.sorted())
        #expect(try dump(path, "SELECT count(*) FROM runs WHERE status = 'complete' AND sequences = 1") == ["\(recorded.count)"])
        #expect(try wholeSequences(path) == recorded.count)
        // Each run's tokens stand together, in the order of the runs.
        let order = "SELECT run_id FROM tokens JOIN sequences USING (sequence_id) ORDER BY token_key"
        let runs = try dump(path, order).compactMap { Int($0) }
        #expect(runs == runs.sorted())
    }

    /// The second waits a moment: the first may be about to end.
    @Test func aRecorderThatEndsSoonIsWaitedFor() throws {
        let first = try RunningProgram(Executable.path(), ["record", "--file", "-", "--batch-tokens", "1", "-o", path])
        first.feed("one\n" + String(repeating: "\n", count: 300_000))
        let second = try RunningProgram(Executable.path(), ["record", "two", "-q", "-o", path])
        Thread.sleep(forTimeInterval: 0.3)
        #expect(first.wait().code == 0)
        let outcome = second.wait()
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(try dump(path, "SELECT status FROM runs") == ["\"complete\"", "\"complete\""])
    }

    @Test func aReaderSeesCommittedSequencesWhileARecorderIsAtIt() throws {
        let first = try RunningProgram(Executable.path(), ["record", "--file", "-", "--batch-tokens", "1", "-o", path])
        first.feed("one\ntwo\n" + String(repeating: "\n", count: 300_000))
        try waitForSequences(1, in: path)
        #expect(try dump(path, "SELECT status FROM runs") == ["\"recording\""])
        let whole = "SELECT (SELECT count(*) FROM token_statistics) = (SELECT count(*) * 13 FROM tokens)"
        #expect(try dump(path, whole) == ["1"])
        #expect(try dump(path, "SELECT count(*) FROM sequences") == ["1"])
        #expect(first.wait().code == 0)
    }
}
