/// One application of a norm. A pre-LN decoder of L blocks has 2 L + 1 of them, and so has a post-LN encoder: it has one
/// after the embeddings, and none after the last block. Norms of queries and keys come on top.
public enum NormSite: Hashable, Sendable, CustomStringConvertible {
    /// Of the sum of embeddings.
    case embed
    /// One of a block's.
    case block(Int, Role)
    /// After the last block.
    case final

    /// Of a block's attention: before it, or after it was added.
    public static func ln1(_ layer: Int) -> NormSite { .block(layer, .ln1) }
    /// Of a block's MLP: before it, or after it was added.
    public static func ln2(_ layer: Int) -> NormSite { .block(layer, .ln2) }

    /// What the site does; the values of the database's `role` column.
    public enum Role: String, CaseIterable, Sendable {
        case embed, ln1, ln2, final
        /// Of what a block's attention or MLP writes, before it is added.
        case ln1Post = "ln1_post", ln2Post = "ln2_post"
        /// Of queries and keys.
        case qNorm = "q_norm", kNorm = "k_norm"

        /// Those of norms inside blocks.
        static let inBlocks = allCases.filter { $0 != .embed && $0 != .final }
    }

    public var role: Role {
        switch self {
        case .embed: .embed
        case .block(_, let role): role
        case .final: .final
        }
    }

    /// Whether it normalizes queries or keys, not the stream or what is added to it.
    public var isOfQueriesOrKeys: Bool { role == .qNorm || role == .kNorm }

    /// The block's number; nil outside the blocks.
    public var layer: Int? {
        if case .block(let layer, _) = self { layer } else { nil }
    }

    /// TransformerLens's name of the module: `embed.ln`, `blocks.3.ln1`, `blocks.3.attn.q_norm`, `ln_final`.
    public var description: String {
        switch self {
        case .embed: "embed.ln"
        case .block(let layer, let role) where role == .qNorm || role == .kNorm: "blocks.\(layer).attn.\(role.rawValue)"
        case .block(let layer, let role): "blocks.\(layer).\(role.rawValue)"
        case .final: "ln_final"
        }
    }

    /// Its four hook points.
    public var hookPoints: [HookPoint] { HookPoint.NormHook.allCases.map { .norm(self, $0) } }
}
