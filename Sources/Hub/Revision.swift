/// A branch, a tag or a commit of a repository.
public struct Revision: Hashable, Sendable, CustomStringConvertible {
    public static let main = Revision(name: "main")

    public let description: String

    private init(name: String) { description = name }

    /// Nil for what cannot be a revision, or would name a file outside of `refs`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.utf8.count <= 255, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") })
        else { return nil }
        self.init(name: text)
    }

    /// Whether it is a commit's full name, which never means another state later.
    var isCommit: Bool { Checksum.isHexadecimal(description, count: 40) }

    /// As one part of a URL's path: `refs/pr/1` is `refs%2Fpr%2F1`.
    var escaped: String {
        description.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                String(UnicodeScalar(byte))
            default: "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
