import Transformer

/// What the forward passes hand to the thread that writes, in this order for each batch.
enum Piece: Sendable {
    /// A batch begins.
    case sequences([TokenSequence])
    /// Vectors at a hook point that the capture keeps.
    case vectors(HookPoint, ActivationCopy)
    /// The batch is through.
    case results(BatchResults)

    /// Bytes of memory, near enough: all that grows with tokens, sequences or the model.
    var size: Int {
        switch self {
        case .sequences(let sequences):
            sequences.reduce(0) { $0 + 256 + $1.tokens.count * 4 + ($1.text?.utf8.count ?? 0) + ($1.metadata?.utf8.count ?? 0) }
        case .vectors(_, let vectors): vectors.count * MemoryLayout<Float>.stride
        case .results(let results): results.byteCount
        }
    }
}

/// What a batch gave beside vectors.
struct BatchResults: Sendable {
    let sequenceCount: Int
    let tokenCount: Int
    let statistics: BatchStatistics
    /// By depth, [N, parts]; empty where they are not captured.
    let shares: [[Double]]
    let lens: LensStatistics
    let attribution: AttributionStatistics?
    /// By depth: see `Recorder.sequencePairs`.
    let sequencePairs: [[(mean: Double, variance: Double)]]
    /// Of the run so far.
    let features: FeatureStatistics
    /// Of the run so far, by depth.
    let computedPairs: [NormCount]
    /// What edits did in the run so far, by the plan's steps.
    let edits: [EditEffect]
    /// Where a value that is not a number, or infinite, first entered a norm.
    let firstNonfinite: String?
    /// What identifies the input up to here.
    let inputDigest: String?
    /// Whether it must not wait for others: nobody knows when they will come.
    let commitsAtOnce: Bool

    /// Bytes of memory.
    var byteCount: Int {
        statistics.byteCount + lens.byteCount + (attribution?.byteCount ?? 0) + features.byteCount + computedPairs.count
            * MemoryLayout<Int>.stride
            + shares.reduce(0) { $0 + $1.count * MemoryLayout<Double>.stride }
            + sequencePairs.reduce(0) { $0 + $1.count * MemoryLayout<(mean: Double, variance: Double)>.stride }
    }
}
