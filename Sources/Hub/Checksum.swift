import Digest
import Foundation

/// What the hub says that a file's content is, by the ETag that it sends, and the file's name among the blobs of a cache:
/// the sha256 of a file in large file storage, the id that git gives to the content of any other.
struct Checksum: Hashable, Sendable, CustomStringConvertible {
    enum Kind: Hashable, Sendable {
        case sha256
        /// SHA-1 of `blob`, a space, the content's length, NUL and the content.
        case gitBlob
    }

    let kind: Kind
    /// 64 or 40 digits, in lower case.
    let digits: String

    var description: String { digits }

    /// Reads an ETag with or without quotes, weak or not. Nil where it is none of both kinds.
    init?(etag: String) {
        var text = Substring(etag.trimmingCharacters(in: .whitespaces))
        if text.hasPrefix("W/") { text = text.dropFirst(2) }
        if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = text.dropFirst().dropLast() }
        digits = text.lowercased()
        if Self.isHexadecimal(digits, count: 64) {
            kind = .sha256
        } else if Self.isHexadecimal(digits, count: 40) {
            kind = .gitBlob
        } else {
            return nil
        }
    }

    static func isHexadecimal(_ text: String, count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    /// The checksum of a file's `count` bytes, read from its beginning. Nil where a digest or the reading fails.
    func computed(of descriptor: Int32, count: Int, mayGoOn: () -> Bool) throws(HubError) -> String? {
        let digest = Digest(kind == .sha256 ? .sha256 : .sha1)
        if kind == .gitBlob { Array("blob \(count)\0".utf8).withUnsafeBytes { digest.update($0) } }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while offset < count {
            guard mayGoOn() else { throw .interrupted }
            let got = pread(descriptor, buffer.baseAddress, min(buffer.count, count - offset), off_t(offset))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return nil }
            digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            offset += got
        }
        return digest.hexadecimal()
    }
}
