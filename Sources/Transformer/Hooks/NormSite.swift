/// One application of a norm. A pre-LN decoder of L blocks has 2 L + 1 of them.
public enum NormSite: Hashable, Sendable, CustomStringConvertible {
    /// Before the attention of a block.
    case ln1(Int)
    /// Before the MLP of a block.
    case ln2(Int)
    /// After the last block.
    case final

    /// What the site does in its block; the values of the database's `role` column.
    public enum Role: String, Sendable {
        case ln1, ln2, final
    }

    public var role: Role {
        switch self {
        case .ln1: .ln1
        case .ln2: .ln2
        case .final: .final
        }
    }

    /// The block's number; nil for the final norm.
    public var layer: Int? {
        switch self {
        case .ln1(let layer), .ln2(let layer): layer
        case .final: nil
        }
    }

    /// TransformerLens's name of the module: `blocks.3.ln1`, `ln_final`.
    public var description: String {
        switch self {
        case .ln1(let layer): "blocks.\(layer).ln1"
        case .ln2(let layer): "blocks.\(layer).ln2"
        case .final: "ln_final"
        }
    }

    /// All sites of a model with that many blocks, in the order in which the data meets them. The index is the depth.
    public static func all(layers: Int) -> [NormSite] {
        (0..<layers).flatMap { [.ln1($0), .ln2($0)] } + [.final]
    }

    /// The site's place along the way of the data, from 0.
    public func depth(layers: Int) -> Int {
        switch self {
        case .ln1(let layer): 2 * layer
        case .ln2(let layer): 2 * layer + 1
        case .final: 2 * layers
        }
    }
}
