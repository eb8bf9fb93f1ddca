/// The lines of a file, one at a time, in memory bounded by the longest line. A line ends at LF or CRLF.
struct LineReader {
    /// Bytes handed out so far.
    private(set) var bytesRead = 0
    private let file: InputFile
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false

    /// `-` is standard input.
    init(file: String) throws(InputError) { self.file = try InputFile(file) }

    /// As messages name it.
    var name: String { file.name }
    /// Bytes of the file; nil for a pipe.
    var byteCount: Int? { file.byteCount }

    /// The next line without its end, and the byte it begins at; nil at the end of the file.
    mutating func next() throws(InputError) -> (bytes: [UInt8], offset: Int)? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) { return take(upTo: end, skipping: 1) }
            if isAtEnd { return position < buffer.count ? take(upTo: buffer.count, skipping: 0) : nil }
            buffer.removeFirst(position)
            position = 0
            searched = buffer.count
            isAtEnd = try !file.readMore(into: &buffer)
        }
    }

    private mutating func take(upTo end: Int, skipping: Int) -> (bytes: [UInt8], offset: Int) {
        var line = buffer[position..<end]
        if skipping == 1, line.last == 0x0D { line.removeLast() }
        var offset = bytesRead
        if offset == 0, line.starts(with: [0xEF, 0xBB, 0xBF]) {  // a byte-order mark is no text
            line.removeFirst(3)
            offset = 3
        }
        bytesRead += end - position + skipping
        position = end + skipping
        return (Array(line), offset)
    }
}
