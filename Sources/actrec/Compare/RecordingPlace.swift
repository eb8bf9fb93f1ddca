import Foundation

/// Where a recording that is made only to be read at once lies.
enum RecordingPlace {
    /// Calls `body` with `path`, or with a place that is removed afterwards when there is none.
    static func with<Result>(_ path: String?, _ body: (String) throws -> Result) throws -> Result {
        if let path { return try body(path) }
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("actrec-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try body(directory.appendingPathComponent("run.db").path)
    }
}
