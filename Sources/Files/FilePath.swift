import Foundation

/// Names of files, and what they lead to.
package enum FilePath {
    /// A link that leads to itself ends the search after so many.
    private static let mostLinks = 40

    /// The name that links lead to, whether or not something is there: where a program that opens `path` finds or makes the file.
    package static func followingLinks(_ path: String) -> String {
        var path = path
        for _ in 0..<mostLinks {
            if descriptor(path) != nil { return path }
            guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return path }
            path = next.hasPrefix("/") ? next : URL(fileURLWithPath: path).deletingLastPathComponent().path + "/" + next
        }
        return path
    }

    /// The open descriptor that a path such as `/dev/fd/63` or `/proc/self/fd/1` names, and `/dev/stdout` leads to; nil for others.
    package static func descriptor(_ path: String) -> Int32? {
        for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) { return Int32(path.dropFirst(prefix.count)) }
        return nil
    }

    /// The name under which SQLite opens a file: it takes one that begins with `file:` for a URI, and `:memory:` for no file.
    package static func forSQLite(_ path: String) -> String { path.hasPrefix("file:") || path.hasPrefix(":") ? "./" + path : path }
}
