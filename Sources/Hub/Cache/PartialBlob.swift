import Foundation

/// A blob on its way: a file of this process's own, which takes the blob's name when it is whole and checked.
final class PartialBlob {
    /// Bytes so far.
    private(set) var count: Int
    /// Whether the first bytes are from a process that ended before it was done.
    private(set) var isAdopted: Bool

    private let descriptor: Int32
    private let path: String
    private let checksum: Checksum

    /// Goes on with what a process that is gone has left of the blob, or begins anew. The caller holds the blob's lock.
    init(of checksum: Checksum, in directory: String) throws(HubError) {
        self.checksum = checksum
        try makeDirectory(directory)
        let path = "\(directory)/\(checksum).actrec-\(getpid()).incomplete"
        let adopts = Self.leftover(of: checksum, in: directory).map { rename($0, path) == 0 } ?? false
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw .file(path: path, action: "write", code: errno) }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw .file(path: path, action: "write", code: errno) }
        count = Int(end)
        isAdopted = adopts && count > 0
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static func leftover(of checksum: Checksum, in directory: String) -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.sorted().lazy.compactMap { name -> String? in
            guard let match = name.wholeMatch(of: /(\w+)\.actrec-(\d+)\.incomplete/), match.1 == checksum.digits,
                let process = pid_t(match.2), process == getpid() || kill(process, 0) != 0 && errno == ESRCH
            else { return nil }
            return "\(directory)/\(name)"
        }.first
    }

    /// Bytes of the blob that a process that is gone has left.
    static func bytesLeft(of checksum: Checksum, in directory: String) -> Int {
        var status = stat()
        guard let path = leftover(of: checksum, in: directory), stat(path, &status) == 0 else { return 0 }
        return Int(status.st_size)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(HubError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = write(descriptor, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw .file(path: path, action: "write", code: errno) }
            count += written
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// Begins anew with no bytes.
    func restart() throws(HubError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .file(path: path, action: "write", code: errno)
        }
        count = 0
        isAdopted = false
    }

    /// Reads back what was written, checks it and gives it the blob's name. `name` is the file's, for messages.
    func place(at blob: String, name: String, mayGoOn: () -> Bool) throws(HubError) {
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw .file(path: path, action: "write", code: errno) }
        guard let found = try checksum.computed(of: descriptor, count: count, mayGoOn: mayGoOn) else {
            throw .file(path: path, action: "read back", code: EIO)
        }
        guard found == checksum.digits else { throw .corrupt(file: name, expected: checksum.digits, found: found) }
        guard rename(path, blob) == 0 else { throw .file(path: blob, action: "write", code: errno) }
        let directory = open((blob as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)  // some file systems cannot; the name is then as lasting as they make it
            close(directory)
        }
    }

    /// Removes it, unless it was placed.
    func discard() { unlink(path) }
}

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
