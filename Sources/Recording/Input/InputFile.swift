import Checkpoints
import Foundation
import Tokenizers
import Transformer

/// A file of text, or standard input, open for reading.
public struct InputFile {
    /// As messages name it.
    let name: String
    /// Bytes of the file; nil for a pipe.
    let byteCount: Int?
    private let handle: FileHandle

    /// `-` is standard input.
    init(_ file: String) throws(InputError) {
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

    /// Appends what is there, up to 64 KB: what came through a pipe does not wait for more.
    /// - Returns: whether there was anything; false at the end.
    func readMore(into buffer: inout [UInt8]) throws(InputError) -> Bool {
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
        return count > 0
    }

    /// All of a small text, a statement or a list of sentences.
    /// `limit` is in bytes: 1 MB and more is some other file, given by mistake.
    public static func text(of file: String, limit: Int = 1_000_000) throws(InputError) -> String {
        let input = try InputFile(file)
        var bytes: [UInt8] = []
        while try input.readMore(into: &bytes) {
            guard bytes.count <= limit else { throw .cannotRead(file: input.name, reason: "it has more than \(limit) bytes") }
        }
        if let offset = UTF8Validation.firstInvalidByte(bytes) { throw .notUTF8(input: input.name, offset: offset) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
