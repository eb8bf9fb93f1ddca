import CKernels
import Processor
import Schema
import Transformer

/// The statistics of one batch, filled in while its forward pass runs: a row for each token.
struct BatchStatistics: Sendable {
    /// Of the stream: see `ModelConfiguration.streamSites`.
    let siteCount: Int
    let layerCount: Int
    let headCount: Int
    private let attentionPlans: [AttentionPlan]
    /// [N, sites]
    private(set) var sites: [ak_moments] = []
    /// [N, sites, 5]: mean and variance of hook_normalized, of hook_out, and the cosine of hook_in and hook_out
    private(set) var siteOutputs: [Double] = []
    /// By depth, for norms of queries and keys: mean and variance of each token and head, as the norm computed them.
    private(set) var queryKeyMoments: [Int: [(mean: Double, variance: Double)]] = [:]
    /// [N, layers, heads, 10]: mean and variance of q, k, v, z, result
    private(set) var heads: [Double] = []
    /// [N, layers, heads, 3]: weight on the first position, on the token's own, entropy
    private(set) var attention: [Double] = []
    private(set) var logProbability: [Double] = []
    private(set) var entropy: [Double] = []
    private(set) var rank: [Int32] = []
    /// From the real model's prediction; NaN where this is it.
    private(set) var divergence: [Double] = []

    /// The first row of each group of rows of one sequence, and at the end the number of rows: `ak_applied_norm`.
    private var groups: [Int] = []

    static let valuesPerSite = 5
    static let valuesPerHead = FactTable.headMoments.columns.count
    static let valuesPerPattern = FactTable.attentionMoments.columns.count

    init(configuration: ModelConfiguration) {
        siteCount = configuration.streamSites.count
        layerCount = configuration.layerCount
        headCount = configuration.headCount
        attentionPlans = configuration.layers.map(\.attention)
    }

    /// Bytes of memory.
    var byteCount: Int {
        sites.count * MemoryLayout<ak_moments>.stride
            + (siteOutputs.count + heads.count + attention.count + logProbability.count + entropy.count + divergence.count
                + queryKeyMoments.values.reduce(0) { $0 + 2 * $1.count }) * MemoryLayout<Double>.stride
            + rank.count * MemoryLayout<Int32>.stride
    }

    mutating func begin(_ batch: Batch, capture: Capture) {
        let tokens = batch.tokenCount
        groups = batch.starts.indices.dropLast().flatMap {
            stride(from: batch.starts[$0], to: batch.starts[$0 + 1], by: Int(ak_group_rows))
        }
        groups.append(tokens)
        let perLayer = tokens * layerCount * headCount
        if capture.normStatistics {
            sites.refill(ak_moments(), count: tokens * siteCount)
            siteOutputs.refill(.nan, count: tokens * siteCount * Self.valuesPerSite)
        }
        queryKeyMoments = [:]
        if capture.headStatistics { heads.refill(.nan, count: perLayer * Self.valuesPerHead) }
        if capture.attentionStatistics { attention.refill(.nan, count: perLayer * Self.valuesPerPattern) }
        if capture.predictions {
            logProbability.refill(.nan, count: tokens)
            entropy.refill(.nan, count: tokens)
            divergence.refill(.nan, count: tokens)
            rank.refill(0, count: tokens)
        }
    }

    /// Statistics of a norm, for all rows, and of its features.
    mutating func add(_ norm: borrowing AppliedNorm, depth: Int, to features: inout FeatureStatistics, scratch: inout [Double]) {
        let (rows, width, epsilon) = (norm.output.rowCount, norm.output.width(ofRow: 0), norm.epsilon)
        let needed = ak_norm_statistics_scratch(groups.count - 1, width)
        if scratch.count < needed { scratch = Array(repeating: 0, count: needed) }
        let isRMS = norm.kind == .rmsNorm
        let normalized = norm.normalized?.withMatrix { base, _, _ in base }
        _ = norm.input?.withMatrix { x, _, _ in
            norm.output.withMatrix { out, _, _ in
                groups.withUnsafeBufferPointer { groups in
                    guard let first = groups.baseAddress else { return }
                    var applied = ak_applied_norm(
                        rows: rows, width: width, groups: groups.count - 1, first_rows: first, x: x, out: out,
                        normalized: normalized,
                        rms: isRMS, epsilon: epsilon)
                    ak_norm_statistics(
                        &applied, depth, siteCount, &sites, &siteOutputs, Double(features.tokens), &features.means, &features.m2,
                        &scratch)
                }
            }
        }
    }

    /// What a norm of queries or keys computed.
    mutating func add(_ computed: NormStatistics, depth: Int) { queryKeyMoments[depth] = computed.pairs }

    /// Mean and variance of what each head holds; `value` is the place in a head's ten. Heads that share a key or a value
    /// each have its numbers.
    mutating func addHeads(layer: Int, value: Int, _ x: borrowing Activation) {
        let (first, rowStride) = (offset(layer, 0), rowStride)
        heads.withUnsafeMutableBufferPointer { heads in
            guard let out = heads.baseAddress else { return }
            x.withMatrix { base, width, stride in
                let sharing = headCount / x.heads
                for place in 0..<sharing {
                    ak_row_mean_variance(
                        x.rowCount, x.heads, width / x.heads, base, stride, out + first + place * Self.valuesPerHead + value,
                        rowStride, sharing * Self.valuesPerHead)
                }
            }
        }
    }

    /// Mean and variance of each head's result, from z.
    mutating func addResults(layer: Int, z: borrowing Activation, gram: HeadGram) {
        let (first, rowStride) = (offset(layer, 0), rowStride)
        heads.withUnsafeMutableBufferPointer { heads in
            guard let out = heads.baseAddress else { return }
            z.withMatrix { base, width, stride in
                ak_gram_mean_variance(
                    z.rowCount, z.heads, width / z.heads, base, stride, gram.means, gram.gram,
                    out + first + 8, rowStride, Self.valuesPerHead)
            }
        }
    }

    /// Where each head looks, row by row.
    mutating func addPattern(layer: Int, _ pattern: borrowing Activation) {
        for row in 0..<pattern.rowCount {
            let own = pattern.batch.position(ofRow: row)
            let length = pattern.batch.rows(ofSequence: pattern.batch.sequence(ofRow: row)).count
            let start = attentionPlans[layer].visibleKeys(position: own, length: length).lowerBound
            let first = (row * layerCount + layer) * headCount * Self.valuesPerPattern
            attention.withUnsafeMutableBufferPointer { attention in
                guard let out = attention.baseAddress else { return }
                pattern.withRow(row) { values in
                    guard let base = values.baseAddress else { return }
                    ak_pattern_moments(headCount, values.count / headCount, own - start, base, out + first)
                    // Position 0 is outside of the window.
                    if start > 0 { for head in 0..<headCount { out[first + 3 * head] = 0 } }
                }
            }
        }
    }

    /// How well each row predicts the token after it in its sequence.
    mutating func addPredictions(_ logits: borrowing Activation) {
        let targets = logits.nextTokens
        let first = logits.rows.lowerBound
        logits.withMatrix { base, width, stride in
            logProbability.withUnsafeMutableBufferPointer { logProbability in
                entropy.withUnsafeMutableBufferPointer { entropy in
                    rank.withUnsafeMutableBufferPointer { rank in
                        guard let p = logProbability.baseAddress, let e = entropy.baseAddress, let r = rank.baseAddress else {
                            return
                        }
                        ak_predictions(targets.count, width, base, stride, targets, p + first, e + first, r + first, 0, nil, nil)
                    }
                }
            }
        }
    }

    /// How far each row's prediction is from the one that `reference` [rows, V] stands for.
    mutating func addDivergence(_ logits: borrowing Activation, reference: [Float]) {
        let first = logits.rows.lowerBound
        logits.withMatrix { base, width, stride in
            divergence.withUnsafeMutableBufferPointer { divergence in
                guard let out = divergence.baseAddress else { return }
                ak_kl_divergence(logits.rowCount, width, reference, width, base, stride, out + first)
            }
        }
    }

    private var rowStride: Int { layerCount * headCount * Self.valuesPerHead }
    private func offset(_ layer: Int, _ head: Int) -> Int { (layer * headCount + head) * Self.valuesPerHead }
}

/// What the statistics of a block's head results need of W_O: the mean of each of its rows, and each head's Gram matrix
/// of the centred rows. Twelve heads of 64 take 400 KB.
struct HeadGram {
    let means: [Double]
    let gram: [Double]

    init(_ model: Model, layer: Int) {
        let c = model.configuration
        let (heads, headWidth, width) = (c.headCount, c.headWidth, c.width)
        var means = [Double](repeating: 0, count: heads * headWidth)
        var gram = [Double](repeating: 0, count: heads * headWidth * headWidth)
        means.withUnsafeMutableBufferPointer { means in
            gram.withUnsafeMutableBufferPointer { gram in
                guard let m = means.baseAddress, let g = gram.baseAddress else { return }
                Compute.parallel(heads, work: Double(heads * headWidth * headWidth) * Double(width) / 8) { head in
                    ak_gram(
                        headWidth, width, model.attentionOutput(layer: layer, head: head), width, m + head * headWidth,
                        g + head * headWidth * headWidth)
                }
            }
        }
        self.means = means
        self.gram = gram
    }
}

extension Array {
    /// So many copies of `value`, in the memory that is there.
    fileprivate mutating func refill(_ value: Element, count: Int) {
        removeAll(keepingCapacity: true)
        append(contentsOf: repeatElement(value, count: count))
    }
}
