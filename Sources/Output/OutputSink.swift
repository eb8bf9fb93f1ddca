import Foundation

/// Where formatted text goes.
public protocol OutputSink: AnyObject {
    /// Takes text; it may be held back until `flush`. Throws `OutputError`.
    func write(_ text: String) throws
    /// Passes on all text taken so far. Throws `OutputError`.
    func flush() throws
}

/// A buffered sink over an open file descriptor, which stays the caller's to close.
///
/// Text still buffered when the sink is released is lost: call `flush` (`RowWriter.end` does). SIGPIPE must be
/// ignored in the process (`signal(SIGPIPE, SIG_IGN)`) for a closed pipe to arrive as `OutputError.readerGone`.
public final class FileDescriptorSink: OutputSink {
    /// `write(2)`: the bytes taken or -1, and errno.
    package typealias SystemWrite = (Int32, UnsafeRawBufferPointer) -> (count: Int, errno: Int32)

    private let descriptor: Int32
    private let name: String
    private let capacity: Int
    private let systemWrite: SystemWrite
    private var buffer: [UInt8] = []
    private var failure: (any Error)?

    /// - Parameter name: what error messages call the target: a path, or "standard output".
    public convenience init(fileDescriptor: Int32, name: String) {
        self.init(fileDescriptor: fileDescriptor, name: name, capacity: 1 << 16, systemWrite: Self.systemWrite)
    }

    /// Writes all of `bytes`, past any buffer.
    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String) throws {
        try writeAll(bytes, to: descriptor, name: name, by: systemWrite)
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> (count: Int, errno: Int32) {
        let count = Foundation.write(descriptor, bytes.baseAddress, bytes.count)
        return (count, count < 0 ? errno : 0)
    }

    package init(fileDescriptor: Int32, name: String, capacity: Int, systemWrite: @escaping SystemWrite) {
        self.descriptor = fileDescriptor
        self.name = name
        self.capacity = capacity
        self.systemWrite = systemWrite
        buffer.reserveCapacity(capacity)
    }

    public func write(_ text: String) throws {
        if let failure { throw failure }
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= capacity { try flush() }
    }

    public func flush() throws {
        if let failure { throw failure }
        do {
            try buffer.withUnsafeBytes { try Self.writeAll($0, to: descriptor, name: name, by: systemWrite) }
        } catch {
            // A later flush must not send the same bytes again.
            failure = error
            buffer = []
            throw error
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private static func writeAll(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: String, by systemWrite: SystemWrite
    ) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let (count, code) = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest))
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0 {
                try recover(from: code, descriptor, name)
            } else {
                throw OutputError.cannotWrite(target: name, errno: EIO)
            }
        }
    }

    /// Returns when the write is worth another try.
    private static func recover(from code: Int32, _ descriptor: Int32, _ name: String) throws(OutputError) {
        switch code {
        case EINTR:
            return
        case EAGAIN, EWOULDBLOCK:
            // The descriptor may be shared with a program that made it non-blocking.
            var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&request, 1, -1)
        case EPIPE:
            throw .readerGone
        default:
            throw .cannotWrite(target: name, errno: code)
        }
    }
}

/// A sink that keeps the text in memory.
public final class MemorySink: OutputSink {
    public private(set) var text = ""

    public init() {}
    public func write(_ text: String) { self.text += text }
    public func flush() {}
}

/// What can go wrong while writing a result.
public enum OutputError: Error, Equatable, CustomStringConvertible {
    /// The reader closed its end (`actrec ... | head`): not a failure of ours; stop and exit quietly.
    case readerGone
    /// The system refused a write, for example because the disk is full.
    case cannotWrite(target: String, errno: Int32)
    /// A file is there that this program did not write.
    case notAnOutput(path: String)
    /// The output would replace what it is made of.
    case isTheRecording(path: String)
    /// A row does not have one cell a column.
    case wrongColumnCount(expected: Int, found: Int)

    public var description: String {
        switch self {
        case .readerGone:
            "the reader of the output went away"
        case .cannotWrite(let target, let code):
            "cannot write to \(target): \(String(cString: strerror(code)))"
        case .notAnOutput(let path):
            "\(path) exists and is no earlier output of this kind; give another file, or --force to replace it"
        case .isTheRecording(let path):
            "\(path) is the recording itself; give another file"
        case .wrongColumnCount(let expected, let found):
            "a row has \(found) cells where the result has \(expected) columns"
        }
    }
}
