import Transformer

/// What the forward passes hand to the thread that writes, in this order for each batch.
enum Piece: Sendable {
    /// A batch begins.
    case sequences([TokenSequence])
    /// Vectors at a hook point that the capture keeps.
    case vectors(HookPoint, Vectors)
    /// The batch is through.
    case results(BatchResults)

    /// Bytes, near enough.
    var size: Int {
        switch self {
        case .sequences(let sequences): sequences.reduce(0) { $0 + 256 + $1.tokens.count * 4 + ($1.text?.utf8.count ?? 0) }
        case .vectors(_, let vectors): vectors.values.count * MemoryLayout<Float>.stride
        case .results(let results): results.statistics.byteCount
        }
    }
}

/// A copy of the values at a hook point.
struct Vectors: Sendable {
    /// The batch's rows that are here.
    let rows: Range<Int>
    let values: [Float]
    /// Where each row ends in `values`; nil where all have one width.
    private let ends: [Int]?

    init(_ x: borrowing Activation) {
        rows = x.rows
        values = x.copy()
        var end = 0
        var ends: [Int] = []
        if x.withMatrix({ _, _, _ in }) == nil {
            for row in 0..<x.rowCount {
                end += x.width(ofRow: row)
                ends.append(end)
            }
        }
        self.ends = ends.isEmpty ? nil : ends
    }

    /// Calls `body` with the place of each row among the batch's, and its values.
    func forEachRow(_ body: (Int, UnsafeBufferPointer<Float>) throws -> Void) rethrows {
        let width = values.count / rows.count
        try values.withUnsafeBufferPointer { values in
            for row in 0..<rows.count {
                let range = ends.map { (row > 0 ? $0[row - 1] : 0)..<$0[row] } ?? row * width..<(row + 1) * width
                try body(rows.lowerBound + row, UnsafeBufferPointer(rebasing: values[range]))
            }
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
    /// By depth: see `Recorder.sequencePairs`.
    let sequencePairs: [[(mean: Double, variance: Double)]]
    /// Of the run so far.
    let features: FeatureStatistics
    /// Of the run so far, by depth.
    let computedPairs: [Int]
    /// Where a value that is not a number, or infinite, first entered a norm.
    let firstNonfinite: String?
    /// What identifies the input up to here.
    let inputDigest: String?
    /// Whether it must not wait for others: nobody knows when they will come.
    let commitsAtOnce: Bool
}
