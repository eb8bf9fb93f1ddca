import Foundation

/// What one layer's attention computes between its two matrices: softmax of the scaled q·k, of the keys that a token sees.
public struct AttentionPlan: Sendable, Equatable {
    /// Which positions a token attends to.
    public enum Mask: String, Sendable {
        /// Itself and those before it.
        case causal
        /// All of its sequence.
        case bidirectional
    }

    /// How positions enter the scores.
    public enum Positions: Sendable, Equatable {
        /// Not at all.
        case none
        /// By a rotation of queries and keys.
        case rotary(RotaryEmbedding)
        /// By a term that falls off with the distance, at a slope of its own for each head (Press et al. 2022).
        case alibi
    }

    /// A norm of the queries and one of the keys, before their rotation.
    public struct QueryKeyNorm: Sendable, Equatable {
        public var norm: NormPlan
        /// Whether each head is normalized on its own, or all heads of a token as one vector.
        public var isByHead: Bool
        /// Whether each head has a gain of its own; else all share one of a head's width.
        public var hasGainByHead = false

        public init(_ norm: NormPlan, isByHead: Bool, hasGainByHead: Bool = false) {
            self.norm = norm
            self.isByHead = isByHead
            self.hasGainByHead = hasGainByHead
        }
    }

    /// Factor of q·k.
    public var scale: Double
    public var mask: Mask
    /// How many keys a token sees, itself and those just before it; without a mask, half of them on each side. Nil: all.
    public var window: Int?
    /// Scores become tanh(score / cap) · cap.
    public var softCap: Double?
    public var positions: Positions
    public var queryKeyNorm: QueryKeyNorm?
    /// Queries, keys and values are brought into -clip...clip.
    public var clip: Double?

    public init(scale: Double, mask: Mask = .causal, positions: Positions = .none) {
        self.scale = scale
        self.mask = mask
        self.positions = positions
    }

    /// The keys that a token at `position` of a sequence of `length` tokens sees.
    public func visibleKeys(position: Int, length: Int) -> Range<Int> {
        switch mask {
        case .causal: max(0, position + 1 - (window ?? length))..<position + 1
        case .bidirectional:
            if let reach = window.map({ $0 / 2 }) {
                max(0, position - reach)..<min(length, position + reach + 1)
            } else {
                0..<length
            }
        }
    }

    /// Each head's slope, [heads] (transformers' `build_alibi_tensor`): powers of 2^(-8/H), and where H is no power of two,
    /// of the next lower power's, then of every second one of the next higher's.
    static func alibiSlopes(heads: Int) -> [Float] {
        func slopes(_ count: Int) -> [Double] { (1...count).map { exp2(-8 * Double($0) / Double(count)) } }
        let lower = 1 << (Int.bitWidth - 1 - heads.leadingZeroBitCount)
        let more = stride(from: 0, to: 2 * (heads - lower), by: 2).map { slopes(2 * lower)[$0] }
        return (slopes(lower) + more).map(Float.init)
    }
}
