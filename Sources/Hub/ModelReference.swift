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
