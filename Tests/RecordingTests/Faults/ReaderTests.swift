import Foundation
import GRDB
import Recording
import TestSupport
import Testing
import Transformer

/// Readers of a file that is being recorded into.
@Suite struct ReaderTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
    }

    /// A connection that reads only, and waits for its turn.
    private func reader() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private static let partial = """
        SELECT count(*) FROM sequences q WHERE q.token_count <> (SELECT count(*) FROM tokens t WHERE t.sequence_id = q.sequence_id)
            OR q.token_count * 13 <> (SELECT count(*) FROM site_moments
                WHERE moments_key >= q.first_token * 1024 AND moments_key < (q.first_token + q.token_count) * 1024)
        """

    @Test func readerInALoopSeesCommittedSequencesOnlyAndHoldsUpNobody() throws {
        let lines = (1...200).map { "They said that number \($0) was ok, and that war violence hate fear was not.\n" }
        let program = try RunningProgram(
            Executable.path(), ["record", "--file", "-", "-q", "--batch-tokens", "128", "-o", path, "-c", "norm-stats"])
        program.feed(lines[..<100].joined())
        try wait(for: path) { FileManager.default.fileExists(atPath: path) }
        let queue = try reader()
        var counts: [Int] = []
        var status = "recording"
        let end = ContinuousClock.now + .seconds(120)
        while status == "recording", ContinuousClock.now < end {
            // One transaction: what it sees is of one moment.
            let seen: (status: String, sequences: Int, partial: Int)? = try queue.read { db in
                // By SQL: GRDB remembers what tables there are.
                guard try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master WHERE name = 'runs'") == 1 else { return nil }
                return try (
                    String.fetchOne(db, sql: "SELECT status FROM runs") ?? "recording",
                    Int.fetchOne(db, sql: "SELECT count(*) FROM sequences") ?? -1, Int.fetchOne(db, sql: Self.partial) ?? -1
                )
            }
            guard let seen else { continue }
            #expect(seen.partial == 0)
            if let last = counts.last { #expect(seen.sequences >= last) }
            counts.append(seen.sequences)
            // The rest comes when the reader has seen some.
            if counts.count(where: { $0 > 0 }) == 1 {
                program.feed(lines[100...].joined())
                program.closeInput()
            }
            status = seen.status
        }
        try queue.close()
        let outcome = program.wait()
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(status == "complete" && counts.last == 200)
        #expect(counts.contains { (1..<200).contains($0) })
        #expect(try wholeSequences(path) == 200)
    }

    /// A statement that is looked at for longer than a program waits for a lock: its reader is named, and nothing is lost.
    @Test func readerThatHoldsTheFileForSevenSecondsIsWaitedForByName() throws {
        let program = try RunningProgram(Executable.path(), ["record", "--file", "-", "--batch-tokens", "1", "-o", path])
        // More than a pipe and the reader's buffer hold: when it is taken, the first lines went through the model.
        program.feed("one\ntwo\n" + String(repeating: "\n", count: 300_000))
        let queue = try reader()
        try waitForSequences(1, in: path)
        let start = ContinuousClock.now
        try queue.read { db in
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM site_moments")
            #expect(try rows.next() != nil)
            program.feed("three\n")
            program.closeInput()
            #expect(program.waitForErrors(containing: "waiting for process \(getpid()) ("))
            Thread.sleep(forTimeInterval: max(0, 7 - (ContinuousClock.now - start) / .seconds(1)))
        }
        try queue.close()
        let outcome = program.wait()
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(outcome.stderr.contains("to let go of \(path)"))
        #expect(try dump(path, "SELECT status, sequences FROM runs") == ["\"complete\"|3"])
        #expect(try wholeSequences(path) == 3)
    }

    @Test func readerThatNeverLetsGoEndsTheRunWithAnError() throws {
        let model = try Models.odd()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        var queue: DatabaseQueue?
        var options = Recording.Options()
        (options.batchTokens, options.commitInterval, options.lockTimeout) = (1, 0, 0.3)
        let error = #expect(throws: RecordingError.self) {
            try Recording.record(TextInput(.tokenIDs(["1 2", "3", "4"]), model: model), model: model, to: path, options: options) {
                _, _ in
                // Once the first batch is committed, somebody reads and goes on reading.
                if queue == nil {
                    do {
                        try waitForSequences(1, in: path)
                        let opened = try DatabaseQueue(path: path, configuration: configuration)
                        try opened.inDatabase { try $0.execute(sql: "BEGIN; SELECT count(*) FROM runs") }
                        queue = opened
                    } catch { Issue.record(error) }
                }
                return true
            }
        }
        guard case .locked(path, _)? = error else { Issue.record("\(String(describing: error))"); return }
        try queue?.inDatabase { try $0.execute(sql: "COMMIT") }
        try queue?.close()
        #expect(try wholeSequences(path) == 1)
    }
}
