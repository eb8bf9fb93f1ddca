import Foundation

extension Recording {
    /// Finds what would keep a recording from being written to `path`, before a model is loaded for it: a directory that is
    /// missing or cannot be written, no room, a file of another kind, a recorder that is at it.
    ///
    /// Throws what `record` would. Nothing is made. `isNew` says that the file must not be there yet, as for a merge, which looks
    /// for it itself.
    public static func checkDestination(_ path: String, isNew: Bool = false) throws {
        try RecordingFile.checkName(path)
        guard path != "-" else {
            throw RecordingError.cannotOpen(
                path: path,
                reason: "a recording is a database file and cannot go to standard output; give a file's name (./- is one)")
        }
        let advice = "check that its directory exists and can be written"
        // The journal lies beside the file.
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        for place in [directory, path] where place == directory || access(path, F_OK) == 0 {
            guard access(place, W_OK) == 0 else {
                throw RecordingError.cannotOpen(path: path, reason: "\(place): \(String(cString: strerror(errno))); \(advice)")
            }
        }
        var info = stat()
        if stat(directory, &info) == 0, info.st_mode & S_IFMT != S_IFDIR {
            throw RecordingError.cannotOpen(path: path, reason: "\(directory) is not a directory; \(advice)")
        }
        var room = statvfs()
        if statvfs(directory, &room) == 0, UInt64(room.f_bavail) * UInt64(room.f_frsize) < leastRoom {
            throw RecordingError.cannotOpen(
                path: path,
                reason:
                    "its file system has \(UInt64(room.f_bavail) * UInt64(room.f_frsize)) bytes left, expected \(leastRoom) or more; "
                    + "make room or give another place")
        }
        if !isNew, stat(path, &info) == 0, info.st_mode & S_IFMT != S_IFREG || info.st_size > 0 {
            _ = try RecordingFile(path: path, looksForDamage: false)
        }
    }

    /// The tables alone, and a journal.
    private static let leastRoom: UInt64 = 1 << 20
}
