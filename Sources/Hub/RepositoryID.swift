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
