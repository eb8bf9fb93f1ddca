import Schema
import Transformer

/// What is written into the residual stream, in the order of writing: the parts that add up to what enters a norm. Behind them what is
/// added to a prediction after the stream: the last norm's bias, and the unembedding's.
struct Components: Sendable {
    enum Part: Hashable {
        /// What the forward pass shows: an embedding, what an MLP writes, in post-LN the norm that the next sum begins with.
        case vector(HookPoint)
        /// What one head writes.
        case head(layer: Int, head: Int)
        /// b_O.
        case attentionBias(layer: Int)
        /// Of the last norm of the stream.
        case normBias(NormSite)
        /// b_U.
        case unembeddingBias
    }

    let heads: Int
    /// Of the parts, how many are written into the stream.
    private let streamPartCount: Int
    /// Every part of the model.
    let all: [Part]
    let index: [Part: Int]
    /// By depth: the parts of what enters the site.
    private let ranges: [Range<Int>]
    /// What adds up to a logit: the parts of what enters the last norm of the stream, and the biases after it.
    let ofLogit: [Int]

    init(_ model: Model) {
        let c = model.configuration
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
        let inStream = all.count
        if let site = c.streamSites.last, c.norm(at: site).hasBias { all.append(.normBias(site)) }
        if model.unembeddingHasBias { all.append(.unembeddingBias) }
        ofLogit = Array(ranges.last ?? 0..<inStream) + Array(inStream..<all.count)
        streamPartCount = inStream
        self.all = all
        self.ranges = ranges
        index = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
    }

    /// Whether what is made of parts can be recorded: the tables have keys for so many, and parts are followed through a norm by the
    /// scale that it has for each token.
    static func check(_ capture: Capture, _ model: Model, _ scheme: NormScheme) throws(RecordingError) {
        let isPulled = model.configuration.layers.contains { $0.norm(after: .attention) != nil }
        if capture.shares, isPulled, scheme != .token { throw .sharesThroughNorm(scheme: scheme.name) }
        if capture.attribution, scheme != .token { throw .attributionThroughNorm(scheme: scheme.name) }
        guard capture.shares || capture.attribution else { return }
        let components = Components(model)
        let count = capture.attribution ? components.all.count : components.streamPartCount
        if count > FactTable.Part.component.count {
            throw .tooManyParts(count, capture: capture.attribution ? .attribution : .shares)
        }
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
            case .normBias(let site): ("\(site).b", "norm_bias", site.layer, nil)
            case .unembeddingBias: ("unembed.b_U", "unembed_bias", nil, nil)
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
