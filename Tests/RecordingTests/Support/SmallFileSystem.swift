import Foundation
import TestSupport

/// A file system of its own for one program, where the system lets an ordinary program mount one: memory, of a given size.
enum SmallFileSystem {
    /// Whether this system allows it.
    static let isPossible: Bool = {
        guard let directory = try? TemporaryDirectory(), let program = try? shell("true", directory, options: "size=64k") else {
            return false
        }
        return program.wait().code == 0
    }()

    /// Runs `script` in a directory that is a file system with these options; `$1` there is actrec. What lies in it afterwards is
    /// copied to `kept` in `directory`.
    static func run(_ script: String, in directory: TemporaryDirectory, options: String) throws -> Outcome {
        try FileManager.default.createDirectory(atPath: directory.place("kept"), withIntermediateDirectories: true)
        return try shell(script, directory, options: options).wait()
    }

    private static func shell(_ script: String, _ directory: TemporaryDirectory, options: String) throws -> RunningProgram {
        try RunningProgram(
            "/usr/bin/env",
            [
                "unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c",
                """
                kept="$2/kept"; mkdir -p "$2/small" && mount -t tmpfs -o \(options) small "$2/small" 2>/dev/null || exit 99
                cd "$2/small" && { \(script)
                }; code=$?; cp -a . "$kept" 2>/dev/null; exit $code
                """,
                "sh", Executable.path(), directory.path,
            ])
    }
}
