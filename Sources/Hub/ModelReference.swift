/// A model on the hub as a user names it: `gpt2`, `openai-community/gpt2`, or either with `@revision`.
public struct ModelReference: Hashable, Sendable, CustomStringConvertible {
    public let repository: RepositoryID
    public let revision: Revision

    public init(repository: RepositoryID, revision: Revision = .main) {
        self.repository = repository
        self.revision = revision
    }

    /// Nil where the text is no repository's name. A known short name stands for its repository.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, let repository = KnownModel.named(String(name))?.repository ?? RepositoryID(String(name))
        else { return nil }
        guard parts.count == 2 else {
            self.init(repository: repository)
            return
        }
        guard let revision = Revision(String(parts[1])) else { return nil }
        self.init(repository: repository, revision: revision)
    }

    public var description: String { revision == .main ? "\(repository)" : "\(repository)@\(revision)" }

    /// The shortest form that means the same: what to type.
    public var shortest: String {
        let name = KnownModel.all.first { $0.repository == repository }?.name ?? "\(repository)"
        return revision == .main ? name : "\(name)@\(revision)"
    }
}

/// A model's repository on the hub: `name`, or `organization/name`, by the hub's own rules.
public struct RepositoryID: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// Nil for what the hub would not take as a name, such as a path.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy(Self.isName), !text.contains("--"), !text.contains(".."),
            !text.hasSuffix(".git")
        else { return nil }
        description = text
    }

    private static func isName(_ part: Substring) -> Bool {
        let ends: Set<Character> = ["-", "."]
        guard let first = part.first, let last = part.last, part.utf8.count <= 96 else { return false }
        return !ends.contains(first) && !ends.contains(last)
            && part.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// The repository's folder in a cache: `models--organization--name`.
    var folder: String { "models--" + description.replacing("/", with: "--") }

    /// The repository that a cache's folder is for; nil for other folders.
    init?(folder: String) {
        guard folder.hasPrefix("models--") else { return nil }
        self.init(String(folder.dropFirst("models--".count)).replacing("--", with: "/"))
    }
}

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
