/// The values at one hook point: a row of float32 for each token of the batch, the heads of a row one after another.
///
/// It looks at the forward pass's own memory and cannot outlive the call that hands it out; copy what is to be kept.
public struct Activation: ~Copyable {
    /// The batch that runs; `batch.sequence(ofRow:)` tells whose token a row is.
    public let batch: Batch
    /// The batch's rows that are here. All of them, but for `logits`, which come in parts.
    public let rows: Range<Int>
    /// 1 where the hook point has no head axis.
    public let heads: Int

    private let base: UnsafePointer<Float>
    private let layout: Layout

    enum Layout {
        /// Rows of one width, `stride` elements apart.
        case strided(width: Int, stride: Int)
        /// Rows of growing width: attention over the keys up to the token itself. One more offset than rows.
        case ragged(offsets: [Int])
    }

    init(batch: Batch, rows: Range<Int>, heads: Int = 1, base: UnsafePointer<Float>, layout: Layout) {
        self.batch = batch
        self.rows = rows
        self.heads = heads
        self.base = base
        self.layout = layout
    }

    public var rowCount: Int { rows.count }

    /// Values in a row, over all heads. The same for every row but for attention scores and patterns.
    public func width(ofRow row: Int) -> Int {
        switch layout {
        case .strided(let width, _): width
        case .ragged(let offsets): offsets[row + 1] - offsets[row]
        }
    }

    /// A copy of one row, counted from 0 within `rows`.
    public subscript(row: Int) -> [Float] {
        withRow(row) { Array($0) }
    }

    /// Calls `body` with one row in place; the pointer ends with the call.
    public func withRow<Result, Failure: Error>(
        _ row: Int, _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(row >= 0 && row < rowCount, "row \(row) of \(rowCount)")
        let start =
            switch layout {
            case .strided(_, let stride): row * stride
            case .ragged(let offsets): offsets[row]
            }
        return try body(UnsafeBufferPointer(start: base + start, count: width(ofRow: row)))
    }

    /// A copy of all rows, one after another.
    public func copy() -> [Float] {
        var values: [Float] = []
        values.reserveCapacity((0..<rowCount).reduce(0) { $0 + width(ofRow: $1) })
        for row in 0..<rowCount { withRow(row) { values.append(contentsOf: $0) } }
        return values
    }

    /// The first value, for an observer that edits this hook point: what it leaves in the rows is what the rest of the pass reads.
    package var editable: UnsafeMutablePointer<Float> { UnsafeMutablePointer(mutating: base) }

    /// For kernels: all rows at once, or nil where they differ in width. (first value, width, distance between rows)
    package func withMatrix<Result>(_ body: (UnsafePointer<Float>, _ width: Int, _ stride: Int) throws -> Result) rethrows
        -> Result?
    {
        guard case .strided(let width, let stride) = layout else { return nil }
        return try body(base, width, stride)
    }
}

/// A norm as it was just applied: views of the pass's own memory, which end with the call that hands them out.
public struct AppliedNorm: ~Copyable {
    public let site: NormSite
    /// The means and variances that it computed.
    public let statistics: NormStatistics
    /// `hook_in` [N, D]; nil for norms of queries and keys, whose output stands in its place.
    public let input: Activation?
    /// `hook_out` [N, D]; of queries and keys [N, H, d].
    public let output: Activation
    /// `hook_normalized` [N, D]; nil where it follows from `input` and `epsilon`, as it does unless a scheme or an edit changed it.
    public let normalized: Activation?
    public let kind: ModelConfiguration.NormKind
    /// Added to the variance, or to RMSNorm's mean square, under the root.
    public let epsilon: Double
}
