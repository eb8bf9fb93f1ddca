import Foundation
import TestSupport
import Testing

/// Memory is bounded by the batch, not by the length of the input.
@Suite struct MemoryTests {
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "needs /proc"))
    func twentyTimesTheInputTakesNoMoreMemory() throws {
        let directory = try TemporaryDirectory()
        let line = "They said that hatred was ok, and that war violence hate fear was not ok at all.\n"
        func peak(_ name: String, lines: Int) throws -> Int {
            let program = try RunningProgram(
                Executable.path(), ["record", "--file", "-", "--threads", "1", "-q", "-o", directory.place("\(name).db")])
            program.feed(String(repeating: line, count: lines))
            // Blank lines are no work. When a pipe's and a buffer's fill of them is taken, so are the lines before.
            program.feed(String(repeating: "\n", count: 300_000))
            let memory = program.peakMemory
            let outcome = program.wait()
            #expect(outcome.code == 0, "\(outcome.stderr)")
            return try #require(memory)
        }
        let small = try peak("small", lines: 250)
        let large = try peak("large", lines: 5_000)
        // Beside what waits to be written, 32 MB at most, and what is being made and written meanwhile. Kept, the statistics of the
        // larger input would be several times that.
        #expect(Double(large) <= 1.1 * Double(small) + 64_000, "\(small) KB became \(large) KB")
    }
}
