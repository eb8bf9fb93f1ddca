#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A regular file mapped into memory for reading, unmapped when the last reference goes.
///
/// Pages are read when first touched, so opening costs the same for a kilobyte and for a gigabyte. A file that another
/// process shortens while it is mapped raises SIGBUS on the pages that are gone: replace checkpoints by renaming.
public final class MappedFile: Sendable {
    /// The path as it was given.
    public let path: String
    /// The file's bytes; empty for a file of no bytes.
    nonisolated(unsafe) let memory: UnsafeRawBufferPointer
    private let descriptor: Int32

    /// Number of bytes.
    public var count: Int { memory.count }

    /// Maps the file at `path`.
    public init(path: String) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path: path, action: .open, code: errno) }
        var isMapped = false
        defer { if !isMapped { close(descriptor) } }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, action: .inspect, code: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw FileError(path: path, action: .read, code: EISDIR)
        default: throw FileError(path: path, action: .map, code: ENODEV)
        }

        self.path = path
        self.descriptor = descriptor
        let size = Int(status.st_size)
        if size == 0 {  // mmap refuses a length of zero
            memory = UnsafeRawBufferPointer(start: nil, count: 0)
            isMapped = true
            return
        }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw FileError(path: path, action: .map, code: errno)
        }
        memory = UnsafeRawBufferPointer(start: address, count: size)
        isMapped = true
        #if os(Linux)
        // Large pages would come back whole when one byte beside a part that was released is read.
        madvise(address, size, MADV_NOHUGEPAGE)
        #endif
        // A repository cloned without git-lfs has small texts in place of large files.
        if size < 1024, memory.starts(with: "version https://git-lfs.github.com/spec/".utf8) {
            throw FileError(path: path, action: .read, code: 0)
        }
    }

    /// Drops whole pages of `part` from this process's memory. They come back from the file when they are read again.
    package func releaseMemory(_ part: UnsafeRawBufferPointer) {
        let page = Int(getpagesize())
        guard let base = part.baseAddress else { return }
        let first = (Int(bitPattern: base) + page - 1) / page * page
        let last = (Int(bitPattern: base) + part.count) / page * page
        guard first < last, let address = UnsafeMutableRawPointer(bitPattern: first) else { return }
        madvise(address, last - first, MADV_DONTNEED)
    }

    /// Calls `body` with the file's bytes, or those of `range`, a part at a time, read into a buffer: going through the mapping
    /// would count the whole file as this process's memory.
    package func withParts(_ range: Range<Int>? = nil, _ body: (UnsafeRawBufferPointer) -> Void) throws(FileError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        let range = range ?? 0..<count
        var offset = range.lowerBound
        while offset < range.upperBound {
            let read = pread(descriptor, buffer.baseAddress, min(buffer.count, range.upperBound - offset), off_t(offset))
            if read < 0, errno == EINTR { continue }
            guard read > 0 else { throw FileError(path: path, action: .read, code: read < 0 ? errno : EIO) }
            body(UnsafeRawBufferPointer(rebasing: buffer[..<read]))
            offset += read
        }
    }

    deinit {
        close(descriptor)
        if let address = memory.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: address), memory.count)
        }
    }
}

/// A file that could not be opened or mapped, with the operating system's reason.
public struct FileError: Error, Equatable, CustomStringConvertible {
    /// What was being done to the file.
    public enum Action: String, Sendable {
        case open, inspect, read, map
    }

    /// The path as it was given.
    public let path: String
    /// What failed.
    public let action: Action
    /// The value of `errno`; 0 for a file that git-lfs has not fetched.
    public let code: Int32

    package init(path: String, action: Action, code: Int32) {
        self.path = path
        self.action = action
        self.code = code
    }

    /// Whether the file, or a directory on the way to it, does not exist.
    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }

    /// Whether the file is there as a pointer of git-lfs only.
    public var isPointer: Bool { code == 0 }

    /// The error for a path where nothing is.
    static func missing(_ path: String) -> FileError { FileError(path: path, action: .open, code: ENOENT) }

    public var description: String {
        if isPointer { return "\(path) is a git-lfs pointer, not the file; run 'git lfs pull' in its directory" }
        return "cannot \(action.rawValue) \(path): \(String(cString: strerror(code)))"
    }
}
