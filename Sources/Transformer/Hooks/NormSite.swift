/// One application of a norm. A pre-LN decoder of L blocks has 2 L + 1 of them, and so has a post-LN encoder: it has one
/// after the embeddings, and none after the last block.
public enum NormSite: Hashable, Sendable, CustomStringConvertible {
    /// Of the sum of embeddings.
    case embed
    /// Of a block's attention: before it, or after it was added.
    case ln1(Int)
    /// Of a block's MLP: before it, or after it was added.
    case ln2(Int)
    /// After the last block.
    case final

    /// What the site does in its block; the values of the database's `role` column.
    public enum Role: String, Sendable {
        case embed, ln1, ln2, final
    }

    public var role: Role {
        switch self {
        case .embed: .embed
        case .ln1: .ln1
        case .ln2: .ln2
        case .final: .final
        }
    }

    /// The block's number; nil outside the blocks.
    public var layer: Int? {
        switch self {
        case .ln1(let layer), .ln2(let layer): layer
        case .embed, .final: nil
        }
    }

    /// TransformerLens's name of the module: `embed.ln`, `blocks.3.ln1`, `ln_final`.
    public var description: String {
        switch self {
        case .embed: "embed.ln"
        case .ln1(let layer): "blocks.\(layer).ln1"
        case .ln2(let layer): "blocks.\(layer).ln2"
        case .final: "ln_final"
        }
    }
}

extension ModelConfiguration {
    /// Every normalization site, in the order in which the data meets them. The index is the depth.
    public var sites: [NormSite] {
        (normalizesEmbeddings ? [.embed] : []) + (0..<layerCount).flatMap { [.ln1($0), .ln2($0)] } + (hasFinalNorm ? [.final] : [])
    }

    /// The site's place along the way of the data, from 0.
    public func depth(of site: NormSite) -> Int {
        let first = normalizesEmbeddings ? 1 : 0
        return switch site {
        case .embed: 0
        case .ln1(let layer): first + 2 * layer
        case .ln2(let layer): first + 2 * layer + 1
        case .final: first + 2 * layerCount
        }
    }
}
