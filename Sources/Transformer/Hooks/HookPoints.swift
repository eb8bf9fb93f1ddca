import HookPoints

/// A place in the forward pass where an observer can look.
public typealias HookPoint = HookPoints.HookPoint
/// One application of a norm.
public typealias NormSite = HookPoints.NormSite

extension ModelConfiguration {
    /// Every hook point of the model, in the order in which the forward pass comes to them.
    public var hookPoints: [HookPoint] {
        embeddingHooks + (normalizesEmbeddings ? NormSite.embed.hookPoints : [])
            + layers.enumerated().flatMap { index, layer in layer.moments.flatMap { hookPoints(of: $0, in: index) } }
            + (hasFinalNorm ? NormSite.final.hookPoints : []) + (unembedding == .none ? [] : [.logits])
    }

    private func hookPoints(of moment: LayerPlan.Moment, in layer: Int) -> [HookPoint] {
        switch moment {
        case .begin: [.residualPre(layer)]
        case .norm(let role, _): NormSite.block(layer, role).hookPoints
        case .sublayer(.attention): attentionHookPoints(layer)
        case .sublayer(.mlp): [.mlpPre(layer)] + (mlpForm == .gated ? [.mlpPreLinear(layer)] : []) + [.mlpPost(layer)]
        case .write(.attention): [.attentionOut(layer)]
        case .write(.mlp): [.mlpOut(layer)]
        case .sum(let isLast): [isLast ? .residualPost(layer) : .residualMid(layer)]
        }
    }

    private func attentionHookPoints(_ layer: Int) -> [HookPoint] {
        let plan = layers[layer].attention
        let isRotary = if case .rotary = plan.positions { true } else { false }
        func hooks(_ hooks: HookPoint.AttentionHook...) -> [HookPoint] { hooks.map { .attention(layer, $0) } }
        let norms: [NormSite] = plan.queryKeyNorm == nil ? [] : [.block(layer, .qNorm), .block(layer, .kNorm)]
        return hooks(.q, .k, .v) + norms.flatMap(\.hookPoints) + (isRotary ? hooks(.rotatedQ, .rotatedK) : [])
            + hooks(.scores, .pattern, .z, .result)
    }

    /// The embeddings that are added up.
    public var embeddingHooks: [HookPoint] {
        [.embed] + (positionOffset != nil ? [.positionEmbed] : []) + (segmentCount > 0 ? [.tokenTypeEmbed] : [])
    }

    /// How many heads' values a hook point holds, 1 where it has no head axis.
    public func headCount(at point: HookPoint) -> Int {
        switch point {
        case .attention(_, .k), .attention(_, .v), .attention(_, .rotatedK): keyValueHeadCount
        case .attention: headCount
        case .norm(let site, _): headCount(at: site)
        default: 1
        }
    }
}

extension ModelConfiguration {
    /// Values of each head at a hook point; nil where they are as many as a token sees keys.
    public func width(at point: HookPoint) -> Int? {
        switch point {
        case .attention(_, .scores), .attention(_, .pattern): nil
        case .attention(_, .result): width
        case .attention: headWidth
        case .norm(_, .scale): 1
        case .norm(let site, _): width(at: site)
        case .mlpPre, .mlpPreLinear, .mlpPost: innerWidth
        case .logits: vocabularySize
        default: width
        }
    }

    /// Whether a hook point has a head axis.
    public func hasHeads(at point: HookPoint) -> Bool {
        switch point {
        case .attention: true
        case .norm(.block(let layer, let role), _):
            (role == .qNorm || role == .kNorm) && layers[layer].attention.queryKeyNorm?.isByHead == true
        default: false
        }
    }

    /// Of scores and patterns, the keys that a token sees at most; nil: all, or the point is another.
    public func window(at point: HookPoint) -> Int? {
        switch point {
        case .attention(let layer, .scores), .attention(let layer, .pattern): layers[layer].attention.window
        default: nil
        }
    }
}

extension ModelConfiguration {
    /// Every normalization site; the index is the depth. First those of the residual stream and of what is added to it, in the
    /// order in which the data meets them; then those of queries and keys, which stand beside that way.
    public var sites: [NormSite] { streamSites + blockSites { $0.isOfQueriesOrKeys } }

    /// Those without the norms of queries and keys: each normalizes one vector of the stream's width a token.
    public var streamSites: [NormSite] {
        (normalizesEmbeddings ? [.embed] : []) + blockSites { !$0.isOfQueriesOrKeys } + (hasFinalNorm ? [.final] : [])
    }

    private func blockSites(where isWanted: (NormSite) -> Bool) -> [NormSite] {
        layers.enumerated().flatMap { index, layer in layer.norms.map { NormSite.block(index, $0.role) } }.filter(isWanted)
    }

    /// Where a site stands.
    public func placement(of site: NormSite) -> NormPlacement {
        switch site {
        case .embed: .embed
        case .final: .final
        case .block(let layer, let role): layers[layer].norms.first { $0.role == role }?.placement ?? .pre
        }
    }
}

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
