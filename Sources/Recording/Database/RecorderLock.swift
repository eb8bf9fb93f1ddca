import Foundation

/// That a recorder is at a file: a lock on a file beside it, which the system lets go of when the process ends, however it ends.
///
/// A process id in the database would not do: it is given to another process, or means nothing on another machine. And not
/// on the database itself: closing a file gives up all locks of SQLite's kind that the process has on it.
final class RecorderLock {
    private let path: String
    private var descriptor: Int32

    /// Nil when another recorder has it.
    init?(database: String) throws {
        path = database + "-recorder"
        while true {
            descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw Self.cannotLock(database) }
            if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                let code = errno
                close(descriptor)
                descriptor = -1
                if code == EWOULDBLOCK { return nil }
                if code == EINTR { continue }
                errno = code
                throw Self.cannotLock(database)
            }
            // The one who had it may have removed the file between the two calls: then the lock is on nothing.
            var (mine, there) = (stat(), stat())
            if fstat(descriptor, &mine) == 0, stat(path, &there) == 0, mine.st_ino == there.st_ino { return }
            close(descriptor)
        }
    }

    private static func cannotLock(_ database: String) -> RecordingError {
        .cannotOpen(
            path: database,
            reason: "no lock beside it: \(String(cString: strerror(errno))); check that its directory exists and can be written")
    }

    /// Lets go, and removes the file.
    func release() {
        guard descriptor >= 0 else { return }
        unlink(path)
        close(descriptor)
        descriptor = -1
    }

    deinit { release() }
}
