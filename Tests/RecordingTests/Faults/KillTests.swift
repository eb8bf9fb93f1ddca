import Foundation
import GRDB
import TestSupport
import Testing

/// kill -9 at any point of a recording.
@Suite struct KillTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Lines that fit a pipe, so that nobody waits for the other. As input of no known size, each batch is committed at once.
    private static let lines = (1...700).map { "They said that number \($0) was ok, and that war violence hate fear was not.\n" }

    private func start(_ path: String, capture: String = "norm-stats") throws -> RunningProgram {
        let program = try RunningProgram(
            Executable.path(),
            ["record", "--file", "-", "-q", "--threads", "1", "--batch-tokens", "256", "-o", path, "--capture", capture])
        program.feed(Self.lines.joined())
        program.closeInput()
        return program
    }

    /// How long a recording takes that nobody ends.
    private func wholeRecording() throws -> Duration {
        let path = directory.place("whole.db")
        let start = ContinuousClock.now
        let outcome = try self.start(path).wait()
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(try wholeSequences(path) == Self.lines.count)
        return ContinuousClock.now - start
    }

    /// What a reader sees of the file now: sequences that are committed; nil when there is no table yet, or it is being made.
    private func committed(_ path: String) -> Int? {
        guard let queue = try? Recorded.open(path) else { return nil }
        defer { try? queue.close() }
        return try? queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sequences") }
    }

    @Test func killAtFiftyMomentsLosesNoCommittedSequence() throws {
        let time = try wholeRecording()
        var (midway, sequences) = (0, 0)
        for round in 0..<50 {
            let path = directory.place("\(round).db")
            let program = try start(path, capture: round.isMultiple(of: 10) ? "all" : "norm-stats")
            // By the clock, from before its first byte to a little past its end; every second one by what is committed, because
            // the next recording may be slower or faster than the one that was timed.
            if round.isMultiple(of: 2) {
                Thread.sleep(forTimeInterval: Double.random(in: 0...1.05) * (time / .seconds(1)))
            } else {
                try waitForSequences(.random(in: 1..<Self.lines.count / 2), in: path)
                usleep(.random(in: 0..<20_000))
            }
            let seen = committed(path) ?? 0
            program.send(signal: SIGKILL)
            #expect([nil, 0].contains(program.wait().code))
            guard FileManager.default.fileExists(atPath: path) else { continue }
            // The journal of what was not finished is played back by whoever opens the file next.
            try recover(path)
            if try dump(path, "SELECT count(*) FROM sqlite_master") == ["0"] { continue }
            let kept = try wholeSequences(path)
            #expect(kept >= seen, "\(seen) sequences were committed, \(kept) are there")
            if kept > 0, kept < Self.lines.count { midway += 1 }
            sequences += kept
            // What was kept are the first ones, and nothing twice.
            #expect(try dump(path, "SELECT count(DISTINCT number), coalesce(max(number), 0) FROM sequences") == ["\(kept)|\(kept)"])
            if round.isMultiple(of: 5) { try theNextMarksIt(path, wasWhole: kept == Self.lines.count) }
            try FileManager.default.removeItem(atPath: path)
        }
        #expect(midway >= 5, "few of the moments were in the middle of a recording")
        #expect(sequences > 0)
    }

    /// The next recorder finds the run of a dead process, and marks it.
    private func theNextMarksIt(_ path: String, wasWhole: Bool) throws {
        let next = try actrec("record", "ok", "-q", "-o", path)
        #expect(next.code == 0, "\(next.stderr)")
        let states = try dump(path, "SELECT status FROM runs ORDER BY run_id")
        #expect(states.last == "\"complete\"")
        #expect(states.count == 1 || states[0] == "\"interrupted\"" || wasWhole && states[0] == "\"complete\"")
    }
}
