import Analysis
import Foundation

/// A file written beside its place and moved there when it is whole: a failed export leaves what was there before.
final class ReplacementFile {
    let descriptor: Int32
    private let path: String
    private let temporary: String
    private var isCommitted = false

    init(path: String) throws {
        self.path = path
        temporary = path + ".incomplete-\(ProcessInfo.processInfo.processIdentifier)"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw OutputError.cannotWrite(target: path, errno: errno) }
    }

    /// Everything is written: the file takes its name.
    func commit() throws {
        guard fsync(descriptor) == 0 || errno == EINVAL, rename(temporary, path) == 0 else {
            throw OutputError.cannotWrite(target: path, errno: errno)
        }
        isCommitted = true
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !isCommitted { unlink(temporary) }
    }
}
