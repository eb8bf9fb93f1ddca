import Transformer

/// How many statistics the norm at one site computed.
struct NormCount: Sendable, Equatable {
    /// Of mean and variance.
    var pairs = 0
    /// Means that were taken away, whether or not a variance was computed with them.
    var means = 0

    mutating func add(_ computed: NormStatistics) {
        pairs += computed.pairs.count
        means += computed.means
    }
}

/// Watches forward passes and turns hook points into statistics, and vectors for whoever keeps them.
final class Recorder: Observer {
    let capture: Capture
    private(set) var statistics: BatchStatistics
    private(set) var features: FeatureStatistics
    private(set) var shares: ShareStatistics
    private(set) var lens = LensStatistics.none
    private(set) var attribution: AttributionStatistics?
    /// Pairs of mean and variance that each site's norm computed in the run so far, by depth.
    private(set) var computedPairs: [NormCount]
    /// Those of the batch, where the scheme makes them for sequences, by depth.
    private(set) var sequencePairs: [[(mean: Double, variance: Double)]] = []
    let scheme: NormScheme
    let editor: Editor?
    private let real: RealPredictions?
    private let model: Model
    private let wanted: Set<HookPoint>
    private let kept: Set<HookPoint>
    private var scratch: [Double] = []
    private var grams: [Int: HeadGram] = [:]
    private let keep: (HookPoint, borrowing Activation) throws -> Void

    /// `keep` is called with every hook point whose vectors the capture asks for.
    init(
        _ model: Model, capture: Capture, scheme: NormScheme, editor: Editor? = nil,
        attributionTo target: AttributionStatistics.Target = .init(),
        keep: @escaping (HookPoint, borrowing Activation) throws -> Void
    ) {
        self.model = model
        self.capture = capture
        self.scheme = scheme
        self.editor = editor
        self.keep = keep
        shares = ShareStatistics(model)
        let attribution = capture.attribution ? AttributionStatistics(model, target: target) : nil
        self.attribution = attribution
        computedPairs = Array(repeating: NormCount(), count: model.sites.count)
        real = capture.predictions && (scheme != .token || editor != nil) ? RealPredictions(model) : nil
        statistics = BatchStatistics(configuration: model.configuration)
        features = FeatureStatistics(configuration: model.configuration)
        kept = Set(capture.vectors)
        wanted = kept.union(
            model.hookPoints.filter { point in
                // What heads write follows from z, unless it is changed.
                if case .attention(_, .result) = point, capture.headStatistics, editor?.edits(point) == true { return true }
                return Self.needs(point, for: capture) || attribution?.needs(point) == true
            })
    }

    /// Goes on from what an earlier part of the run had summed up.
    func restore(_ features: FeatureStatistics, computedPairs: [NormCount]) {
        self.features = features
        self.computedPairs = computedPairs
    }

    /// Runs a batch; its statistics are here afterwards.
    func run(_ batch: Batch) throws {
        statistics.begin(batch, capture: capture)
        shares.begin()
        if capture.lens { lens = LensStatistics(blocks: model.configuration.layerCount, tokenCount: batch.tokenCount) }
        attribution?.begin(batch)
        sequencePairs = []
        try real?.run(batch)
        try model.forward(batch, scheme: scheme, observer: self)
        features.finish(tokens: batch.tokenCount)
    }

    var wantsNorms: Bool { true }

    func observe(_ norm: borrowing AppliedNorm) {
        let depth = model.depth(of: norm.site)
        computedPairs[depth].add(norm.statistics)
        if norm.site.isOfQueriesOrKeys {
            if capture.normStatistics { statistics.add(norm.statistics, depth: depth) }
            return
        }
        if scheme == .feature || scheme == .sequence { sequencePairs.append(norm.statistics.pairs) }
        if capture.normStatistics { statistics.add(norm, depth: depth, to: &features, scratch: &scratch) }
    }

    func wants(_ point: HookPoint) -> Bool { wanted.contains(point) }

    func edits(_ point: HookPoint) -> Bool { editor?.edits(point) ?? false }

    func edit(_ point: HookPoint, row: Int, _ values: UnsafeMutableBufferPointer<Float>) throws {
        try editor?.edit(point, row: row, values)
    }

    func observe(_ point: HookPoint, _ x: borrowing Activation) throws {
        switch point {
        case .attention(let layer, .pattern): statistics.addPattern(layer: layer, x)
        case .attention(let layer, let hook) where capture.headStatistics: observe(layer, hook, x)
        case .logits where capture.predictions:
            statistics.addPredictions(x)
            if let real { statistics.addDivergence(x, reference: real.logits(rows: x.rows)) }
        default: break
        }
        if capture.shares { try shares.observe(point, x) }
        if capture.lens { try look(at: point, x) }
        attribution?.observe(point, x)
        if kept.contains(point) { try keep(point, x) }
    }

    /// Through the lens: at what enters each block, and at the prediction itself.
    private func look(at point: HookPoint, _ x: borrowing Activation) throws {
        switch point {
        case .residualPre(let layer):
            try model.predictions(ofStream: x, scheme: scheme) { lens.add($0, layer: layer) }
        case .logits: lens.add(x, layer: model.configuration.layerCount)
        default: break
        }
    }

    private func observe(_ layer: Int, _ hook: HookPoint.AttentionHook, _ x: borrowing Activation) {
        switch hook {
        case .q: statistics.addHeads(layer: layer, value: 0, x)
        case .k: statistics.addHeads(layer: layer, value: 2, x)
        case .v: statistics.addHeads(layer: layer, value: 4, x)
        case .z:
            statistics.addHeads(layer: layer, value: 6, x)
            // When the result vectors are made anyway, their own statistics are taken, to agree with them to the bit.
            if !wanted.contains(.attention(layer, .result)) { statistics.addResults(layer: layer, z: x, gram: gram(layer)) }
        case .result: statistics.addHeads(layer: layer, value: 8, x)
        case .rotatedQ, .rotatedK, .scores, .pattern: break
        }
    }

    private func gram(_ layer: Int) -> HeadGram {
        if let gram = grams[layer] { return gram }
        let gram = HeadGram(model, layer: layer)
        grams[layer] = gram
        return gram
    }

    /// What the statistics are computed from.
    private static func needs(_ point: HookPoint, for capture: Capture) -> Bool {
        if capture.shares, ShareStatistics.needs(point) { return true }
        switch point {
        case .attention(_, .q), .attention(_, .k), .attention(_, .v), .attention(_, .z): return capture.headStatistics
        case .logits: return capture.predictions || capture.lens
        case .residualPre: return capture.lens
        default: return false
        }
    }
}
