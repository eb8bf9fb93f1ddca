import Transformer

extension ModelConfiguration {
    /// A dimension of a hook point: its name, and its size where that is the same for every token.
    struct Dimension {
        let name: String
        let size: Int?
    }

    /// The shape of one token's values at a hook point.
    func shape(of point: HookPoint) -> [Dimension] {
        let stream = [Dimension(name: "d_model", size: width)]
        let heads = Dimension(name: "n_heads", size: headCount(at: point))
        let keys = Dimension(name: "keys", size: nil)
        switch point {
        case .embed, .positionEmbed, .tokenTypeEmbed, .residualPre, .residualMid, .residualPost, .attentionOut, .mlpOut:
            return stream
        case .mlpPre, .mlpPreLinear, .mlpPost: return [Dimension(name: "d_mlp", size: innerWidth)]
        case .logits: return [Dimension(name: "vocabulary", size: vocabularySize)]
        case .attention(_, .scores), .attention(_, .pattern): return [heads, keys]
        case .attention(_, .result): return [heads] + stream
        case .attention: return [heads, Dimension(name: "d_head", size: headWidth)]
        case .norm(let site, let hook):
            let byHead = headCount(at: site) > 1 ? [heads] : []
            if hook == .scale { return byHead.isEmpty ? [Dimension(name: "1", size: 1)] : byHead }
            let name = !site.isOfQueriesOrKeys ? "d_model" : byHead.isEmpty ? "n_heads * d_head" : "d_head"
            return byHead + [Dimension(name: name, size: width(at: site))]
        }
    }
}

extension HookPoint {
    /// What stands there, in a few words.
    var meaning: String {
        switch self {
        case .embed: "the token's embedding"
        case .positionEmbed: "the position's embedding"
        case .tokenTypeEmbed: "the segment's embedding"
        case .residualPre: "the residual stream that enters the block"
        case .residualMid: "the residual stream after the attention"
        case .residualPost: "the residual stream after the MLP"
        case .norm(_, .input): "what enters the norm"
        case .norm(_, .scale): "what the norm divides by"
        case .norm(_, .normalized): "after the division, before gain and bias"
        case .norm(_, .output): "what leaves the norm, after gain and bias"
        case .attention(_, .q): "queries"
        case .attention(_, .k): "keys"
        case .attention(_, .v): "values"
        case .attention(_, .rotatedQ): "queries, rotated by position"
        case .attention(_, .rotatedK): "keys, rotated by position"
        case .attention(_, .scores): "attention scores before the softmax"
        case .attention(_, .pattern): "attention weights"
        case .attention(_, .z): "each head's mix of values"
        case .attention(_, .result): "what each head writes to the residual stream"
        case .attentionOut: "what the attention adds to the residual stream"
        case .mlpPre: "before the activation function"
        case .mlpPreLinear: "what the gate multiplies"
        case .mlpPost: "after the activation function"
        case .mlpOut: "what the MLP adds to the residual stream"
        case .logits: "the prediction of the next token"
        }
    }
}
