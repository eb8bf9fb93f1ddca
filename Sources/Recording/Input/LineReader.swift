import Foundation

/// The lines of a file, one at a time, in memory bounded by the longest line. A line ends at LF or CRLF.
struct LineReader {
    let name: String
    /// Bytes of the file; nil for a pipe.
    let byteCount: Int?
    /// Bytes handed out so far.
    private(set) var bytesRead = 0
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false

    /// `-` is standard input.
    init(file: String) throws(InputError) {
        if file == "-" {
            name = "standard input"
            handle = .standardInput
        } else {
            name = file
            guard let opened = FileHandle(forReadingAtPath: file) else {
                throw .cannotRead(file: file, reason: String(cString: strerror(errno)))
            }
            handle = opened
        }
        var info = stat()
        let status = fstat(handle.fileDescriptor, &info)
        if status == 0, info.st_mode & S_IFMT == S_IFDIR { throw .cannotRead(file: file, reason: "it is a directory") }
        byteCount = status == 0 && info.st_mode & S_IFMT == S_IFREG ? Int(info.st_size) : nil
    }

    /// The next line without its end, and the byte it begins at; nil at the end of the file.
    mutating func next() throws(InputError) -> (bytes: [UInt8], offset: Int)? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) { return take(upTo: end, skipping: 1) }
            if isAtEnd { return position < buffer.count ? take(upTo: buffer.count, skipping: 0) : nil }
            buffer.removeFirst(position)
            position = 0
            searched = buffer.count
            try readMore()
        }
    }

    /// What is there, up to 64 KB: a line that came through a pipe does not wait for more.
    private mutating func readMore() throws(InputError) {
        let (end, size) = (buffer.count, 1 << 16)
        buffer.append(contentsOf: repeatElement(0, count: size))
        let count = buffer.withUnsafeMutableBytes { bytes in
            while true {
                let count = read(handle.fileDescriptor, bytes.baseAddress.map { $0 + end }, size)
                if count >= 0 || errno != EINTR { return count }
            }
        }
        guard count >= 0 else { throw .cannotRead(file: name, reason: String(cString: strerror(errno))) }
        buffer.removeLast(size - count)
        isAtEnd = count == 0
    }

    private mutating func take(upTo end: Int, skipping: Int) -> (bytes: [UInt8], offset: Int) {
        var line = buffer[position..<end]
        if skipping == 1, line.last == 0x0D { line.removeLast() }
        let offset = bytesRead
        bytesRead += end - position + skipping
        position = end + skipping
        return (Array(line), offset)
    }
}
