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
