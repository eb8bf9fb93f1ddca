import Schema
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

    init(_ c: ModelConfiguration) {
        var all = c.embeddingHooks.map(Part.vector)
        var ranges: [Range<Int>] = []
        // Before a site of the stream stands everything that was written since the sum began. A norm of the stream itself ends
        // the sum, and its output begins the next.
        var first = 0
        func meet(_ site: NormSite, endsSum: Bool) {
            ranges.append(first..<all.count)
            guard endsSum else { return }
            first = all.count
            if site != c.streamSites.last { all.append(.vector(.norm(site, .output))) }
        }
        if c.normalizesEmbeddings { meet(.embed, endsSum: true) }
        for (layer, plan) in c.layers.enumerated() {
            // What a sublayer writes, before it is on the stream.
            var branch = 0..<0
            for moment in plan.moments {
                switch moment {
                case .norm(_, .branchPost): ranges.append(branch)
                case .norm(let role, let placement): meet(.block(layer, role), endsSum: placement == .post)
                case .sublayer(.attention):
                    let start = all.count
                    all += (0..<c.headCount).map { .head(layer: layer, head: $0) }
                    if c.attentionOutputHasBias { all.append(.attentionBias(layer: layer)) }
                    branch = start..<all.count
                case .sublayer(.mlp):
                    all.append(.vector(.mlpOut(layer)))
                    branch = all.count - 1..<all.count
                case .begin, .write, .sum: break
                }
            }
        }
        if c.hasFinalNorm { meet(.final, endsSum: false) }
        heads = c.headCount
        self.all = all
        self.ranges = ranges
        index = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
    }

    /// The table of shares has keys for so many.
    static func check(_ capture: Capture, _ configuration: ModelConfiguration, _ scheme: NormScheme) throws(RecordingError) {
        guard capture.shares else { return }
        // Heads are pulled through a norm after the attention by the scale that it has for each token.
        let isPulled = configuration.layers.contains { $0.norm(after: .attention) != nil }
        if isPulled, scheme != .token { throw .sharesThroughNorm(scheme: scheme.name) }
        let count = Components(configuration).all.count
        if count > FactTable.Part.component.count { throw .tooManyParts(count) }
    }

    /// The parts that add up to what enters a site of the stream, or of a branch, as places in `all`.
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
