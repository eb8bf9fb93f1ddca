import Foundation
import GRDB
import Recording
import TestSupport
import Testing

/// Rows that cannot be written as fast as they are made: what waits is bounded, whatever is captured.
@Suite(.serialized) struct SlowDiskTests {
    static let captures: [[String]] =
        Capture.Preset.allCases.map { ["-c", $0.rawValue] }
        // Every batch carries the features' sums of the run so far; other schemes carry a pair for each feature.
        + [
            ["-c", "all,shares"], ["-c", "norm-stats", "--batch-tokens", "16"],
            ["-c", "norm-stats", "--norm", "feature", "--batch-tokens", "64"],
        ]

    private static let line = "They said that hatred was ok, and that war violence hate fear was not ok at all.\n"

    /// What may wait is 32 MB; the batch that is made and the one that is written come on top, and SQLite's own.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "needs /proc"), arguments: captures)
    func memoryIsBoundedWhileNothingCanBeCommitted(_ arguments: [String]) throws {
        let directory = try TemporaryDirectory()
        let path = directory.place("run.db")
        let options = arguments.contains("--batch-tokens") ? arguments : arguments + ["--batch-tokens", "256"]
        // From a pipe each batch is committed by itself: a reader that holds the file stops the writer at once.
        let program = try RunningProgram(
            Executable.path(), ["record", "--file", "-", "--threads", "1", "-q", "-o", path] + options)
        nonisolated(unsafe) let feeding = program
        let text = String(repeating: Self.line, count: 4_000)
        let feeder = Thread { feeding.feed(text) }
        feeder.start()
        try waitForSequences(1, in: path)
        let early = try #require(program.peakMemory)
        let reader = try Recorded.open(path)
        try reader.read { db in
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM tokens")
            #expect(try rows.next() != nil)
            Thread.sleep(forTimeInterval: 3)
        }
        let peak = try #require(program.peakMemory)
        try reader.close()
        program.send(signal: SIGKILL)
        _ = program.wait()
        #expect(peak - early <= 96_000, "\(arguments): \(early) KB became \(peak) KB")
    }
}
