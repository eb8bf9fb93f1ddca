import Transformer

/// What is written into the residual stream, in the order of writing: the parts that add up to what enters a norm.
struct Components {
    enum Part: Hashable {
        /// What the forward pass shows: an embedding, what an MLP writes, in post-LN the norm that the next sum begins with.
        case vector(HookPoint)
        /// What one head writes.
        case head(layer: Int, head: Int)
        /// b_O.
        case attentionBias(layer: Int)
    }

    let heads: Int
    /// Every part of the model.
    let all: [Part]
    let index: [Part: Int]
    /// By depth: the parts of what enters the site.
    private let ranges: [Range<Int>]
    private let configuration: ModelConfiguration

    init(_ c: ModelConfiguration) {
        var all = c.embeddingHooks.map(Part.vector)
        var ranges: [Range<Int>] = []
        var first = 0
        // Before a pre-LN site stands everything that was written. A post-LN site ends a sum, and its output begins the next.
        func meet(_ site: NormSite) {
            ranges.append(first..<all.count)
            guard c.normPlacement == .post else { return }
            first = all.count
            if site != c.sites.last { all.append(.vector(.norm(site, .output))) }
        }
        func attend(_ layer: Int) {
            all += (0..<c.headCount).map { .head(layer: layer, head: $0) }
            if c.attentionHasBias { all.append(.attentionBias(layer: layer)) }
        }
        for site in c.sites {
            switch (c.normPlacement, site) {
            case (.pre, .embed), (.post, .embed), (.pre, .final), (.post, .final): meet(site)
            case (.pre, .ln1(let layer)): meet(site); attend(layer)
            case (.pre, .ln2(let layer)): meet(site); all.append(.vector(.mlpOut(layer)))
            case (.post, .ln1(let layer)): attend(layer); meet(site)
            case (.post, .ln2(let layer)): all.append(.vector(.mlpOut(layer))); meet(site)
            }
        }
        heads = c.headCount
        self.all = all
        self.ranges = ranges
        configuration = c
        index = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
    }

    /// The table of shares has keys for so many.
    static func check(_ capture: Capture, _ configuration: ModelConfiguration) throws(RecordingError) {
        guard capture.shares else { return }
        let count = Components(configuration).all.count
        if count > 4096 { throw .tooManyParts(count) }
    }

    /// The parts that add up to what enters a site, as places in `all`.
    func parts(at site: NormSite) -> Range<Int> { ranges[configuration.depth(of: site)] }

    /// The same by depth.
    func parts(depth: Int) -> Range<Int> { ranges[depth] }

    /// Name, kind, layer and head, as the table `components` has them.
    var rows: [(name: String, kind: String, layer: Int?, head: Int?)] {
        all.map { part in
            switch part {
            case .vector(let point): (point.description, Self.kind(point), point.layer, nil)
            case .head(let layer, let head): ("blocks.\(layer).attn.hook_result.\(head)", "head", layer, head)
            case .attentionBias(let layer): ("blocks.\(layer).attn.b_O", "attn_bias", layer, nil)
            }
        }
    }

    private static func kind(_ point: HookPoint) -> String {
        switch point {
        case .embed: "embed"
        case .positionEmbed: "pos_embed"
        case .tokenTypeEmbed: "token_type_embed"
        case .norm: "norm"
        default: "mlp"
        }
    }
}
