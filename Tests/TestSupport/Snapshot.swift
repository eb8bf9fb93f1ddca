import Foundation

/// Text that a file in the repository keeps. With UPDATE_SNAPSHOTS=1 in the environment the file is written anew.
package struct Snapshot {
    let file: URL

    /// A file by its path from the package's folder.
    package init(_ path: String) { file = Paths.root.appendingPathComponent(path) }

    /// What is wrong with the file; nil when it holds exactly `text`.
    package func difference(from text: String) throws -> String? {
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
            return nil
        }
        let again = "run the tests with UPDATE_SNAPSHOTS=1 to write it anew, then look at what changed"
        guard let kept = try? String(contentsOf: file, encoding: .utf8) else {
            return "\(file.lastPathComponent) is missing; \(again)"
        }
        if kept == text { return nil }
        let (old, new) = (kept.components(separatedBy: "\n"), text.components(separatedBy: "\n"))
        let line = zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset ?? min(old.count, new.count)
        return """
            \(file.lastPathComponent) differs from line \(line + 1):
              kept: \(line < old.count ? old[line] : "(end)")
              now:  \(line < new.count ? new[line] : "(end)")
            \(again)
            """
    }
}
