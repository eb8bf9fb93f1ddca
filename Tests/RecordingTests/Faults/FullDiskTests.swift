import Foundation
import TestSupport
import Testing

/// A disk that is full, or gets full, a directory that cannot be written, and a limit on the size of files.
@Suite struct FullDiskTests {
    let directory: TemporaryDirectory
    let input: String

    init() throws {
        directory = try TemporaryDirectory()
        let lines = (1...3_000).map { "They said that number \($0) was ok, and that war violence hate fear was not.\n" }
        input = try directory.write("long.txt", lines.joined())
    }

    private func expectOneLine(_ outcome: Outcome, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(outcome.code == 2, "signal \(outcome.signal ?? 0): \(outcome.stderr)", sourceLocation: sourceLocation)
        #expect(outcome.stderr.hasPrefix("actrec: error: "), sourceLocation: sourceLocation)
        #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome.stderr)", sourceLocation: sourceLocation)
        for part in parts { #expect(outcome.stderr.contains(part), "\(outcome.stderr)", sourceLocation: sourceLocation) }
    }

    @Test(.enabled(if: SmallFileSystem.isPossible, "no file system can be mounted here"), arguments: ["norm-stats", "all"])
    func fullDiskEndsTheRunWithAClearErrorAndAValidFile(_ capture: String) throws {
        let outcome = try SmallFileSystem.run(
            "\"$1\" record -q --file '\(input)' -o run.db --capture \(capture) --batch-tokens 64",
            in: directory, options: "size=16m")
        expectOneLine(outcome, "run.db", "no room left", "the run is not complete")
        let path = directory.place("kept/run.db")
        try recover(path)
        #expect(try wholeSequences(path) > 0)
        #expect(try dump(path, "SELECT count(*) FROM runs WHERE status = 'complete'") == ["0"])
        // With room again, the next one goes on in the same file.
        #expect(try actrec("record", "ok", "-q", "-o", path).code == 0)
        #expect(try dump(path, "SELECT status FROM runs ORDER BY run_id") == ["\"interrupted\"", "\"complete\""])
    }

    @Test(.enabled(if: SmallFileSystem.isPossible, "no file system can be mounted here"))
    func noRoomIsFoundBeforeTheModelLoads() throws {
        let outcome = try SmallFileSystem.run("\"$1\" record ok -m none -o run.db", in: directory, options: "size=512k")
        expectOneLine(outcome, "run.db", "its file system has", "make room or give another place")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.place("kept")).isEmpty)
    }

    @Test(.enabled(if: SmallFileSystem.isPossible, "no file system can be mounted here"))
    func readOnlyDirectoryIsFoundBeforeTheModelLoads() throws {
        let script = "mount -o remount,ro . && \"$1\" record ok -m none -o run.db"
        expectOneLine(
            try SmallFileSystem.run(script, in: directory, options: "size=8m"), "cannot open run.db", "Read-only file system",
            "check that its directory exists and can be written")
    }

    @Test func missingDirectoryIsFoundBeforeTheModelLoads() throws {
        let path = directory.place("none/run.db")
        expectOneLine(try actrec("record", "ok", "-m", "none", "-o", path), "cannot open \(path)", "No such file or directory")
    }

    /// 512-byte blocks: room for the tables, then for more and more of the run.
    @Test(arguments: [600, 1_500, 4_000])
    func fileSizeLimitEndsTheRunWithAClearErrorAndAValidFile(_ blocks: Int) throws {
        let path = directory.place("run.db")
        let outcome = try RunningProgram(
            "/bin/sh",
            [
                "-c", "ulimit -f \(blocks); exec \"$0\" \"$@\"", Executable.path(), "record", "--file", input, "-o", path, "-q",
                "-c", "all",
            ]
        ).wait()
        expectOneLine(outcome, path, "the run is not complete")
        try recover(path)
        if try dump(path, "SELECT count(*) FROM sqlite_master") != ["0"] {
            #expect(try dump(path, "SELECT count(*) FROM runs WHERE status = 'complete'") == ["0"])
            _ = try wholeSequences(path)
        }
        #expect(try actrec("record", "ok", "-q", "-o", path).code == 0)
        #expect(try dump(path, "SELECT status FROM runs ORDER BY run_id").last == "\"complete\"")
    }
}
