/// The published GPT-2 models, by the short names that they had on the hub and are still called by.
public struct KnownModel: Sendable {
    public let name: String
    public let repository: RepositoryID
    /// From the repository's `config.json`; `parameters` counts the tied unembedding once.
    public let layers: Int, heads: Int, width: Int, parameters: Int

    private init?(_ name: String, organization: String, layers: Int, heads: Int, width: Int, parameters: Int) {
        guard let repository = RepositoryID("\(organization)/\(name)") else { return nil }
        (self.name, self.repository) = (name, repository)
        (self.layers, self.heads, self.width, self.parameters) = (layers, heads, width, parameters)
    }

    public static let all: [KnownModel] = [
        KnownModel("gpt2", organization: "openai-community", layers: 12, heads: 12, width: 768, parameters: 124_439_808),
        KnownModel("gpt2-medium", organization: "openai-community", layers: 24, heads: 16, width: 1024, parameters: 354_823_168),
        KnownModel("gpt2-large", organization: "openai-community", layers: 36, heads: 20, width: 1280, parameters: 774_030_080),
        KnownModel("gpt2-xl", organization: "openai-community", layers: 48, heads: 25, width: 1600, parameters: 1_557_611_200),
        KnownModel("distilgpt2", organization: "distilbert", layers: 6, heads: 12, width: 768, parameters: 81_912_576),
    ].compactMap(\.self)

    static func named(_ name: String) -> KnownModel? { all.first { $0.name == name } }

    /// The names under which a cache may hold a repository: its own, and the short one that it was downloaded by.
    static func names(of repository: RepositoryID) -> [RepositoryID] {
        [repository] + all.filter { $0.repository == repository }.compactMap { RepositoryID($0.name) }
    }
}
