import Foundation

/// Held while a blob is downloaded, so that a second program waits and does not download it again. It is the lock that
/// Python's huggingface_hub takes. What is placed would be right without it: where a file system knows no locks, two
/// programs only do the same work.
final class BlobLock {
    private let descriptor: Int32

    /// Waits for the lock while `mayGoOn`; calls `onWait` once when another program has it.
    init(path: String, mayGoOn: () -> Bool, onWait: () -> Void) throws(HubError) {
        try makeDirectory((path as NSString).deletingLastPathComponent)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o664)
        guard descriptor >= 0 else { throw .file(path: path, action: "open", code: errno) }
        var waits = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR {
            if waits == 0 { onWait() }
            waits += 1
            guard mayGoOn() else { throw .interrupted }
            usleep(100_000)
        }
    }

    // Closing lets go of the lock. The file stays: removing it could let two programs lock two files of one name.
    deinit { if descriptor >= 0 { close(descriptor) } }
}
