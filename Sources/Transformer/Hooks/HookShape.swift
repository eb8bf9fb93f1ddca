extension ModelConfiguration {
    /// A dimension of a hook point: its name, and its size where that is the same for every token.
    package struct Dimension {
        package let name: String
        package let size: Int?
    }

    /// The shape of one token's values at a hook point.
    package func shape(of point: HookPoint) -> [Dimension] {
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
