import CKernels

/// A norm's learned parameters and how it applies them.
struct Norm: Sendable {
    /// As it is stored; nil where it is ones.
    let gain: Parameter?
    let bias: Parameter?
    let plan: NormPlan

    /// Whether each head has gains of its own; else all vectors of `width` values share them.
    func hasGainByHead(width: Int) -> Bool { (gain?.count ?? width) > width }

    /// [width]: what normalized vectors are multiplied by, the family's offset in it.
    func gains(width: Int) -> [Float] {
        guard let gain else { return Array(repeating: 1, count: width) }
        return gain.values.map { Float(plan.weightOffset) + $0 }
    }

    /// What a norm gives beside its output; what is nil is not kept.
    struct Extras {
        /// [N, D]
        var normalized: Matrix?
        /// [N, 1]
        var scale: Matrix?
        /// Room for the pairs that the scheme may compute: see `NormScheme.room(for:width:)`.
        var moments: [Double] = []
    }

    /// LayerNorm or RMSNorm of each row of some columns of x, as one vector or as `heads`, each on its own. `out` may be x.
    /// `moments` has room for a pair for each row and head, or is empty.
    func apply(_ x: Matrix, columns: Range<Int>, heads: Int = 1, into out: Matrix, _ extras: inout Extras) {
        let (normalized, scale) = (extras.normalized?.pointer, extras.scale?.pointer)
        let width = columns.count / heads
        extras.moments.withOptionalPointer { moments in
            var norm = ak_norm(
                rows: x.rows, heads: heads, width: width, rms: plan.kind == .rmsNorm, x: x.pointer + columns.lowerBound,
                ldx: x.columns, gain: gain?.pointer, bias: bias?.pointer, ld_gain: hasGainByHead(width: width) ? width : 0,
                gain_offset: Float(plan.weightOffset), epsilon: plan.epsilon, out: out.pointer + columns.lowerBound,
                ldo: out.columns, normalized: normalized, scale: scale, moments: moments)
            ak_normalize(&norm)
        }
    }

    /// The same of whole rows by another scheme; `depth` is the site's, for frozen scales.
    func apply(
        _ x: Matrix, into out: Matrix, _ extras: inout Extras, by scheme: NormScheme, depth: Int, batch: Batch
    ) throws(ForwardError) {
        guard let kernel = scheme.kernel else { return apply(x, columns: 0..<x.columns, into: out, &extras) }
        let (normalized, scale) = (extras.normalized?.pointer, extras.scale?.pointer)
        let frozen = try scheme.frozenScales(depth: depth)
        let status = extras.moments.withOptionalPointer { moments in
            batch.starts.withUnsafeIndices { starts in
                frozen.withUnsafeBufferPointer { frozen in
                    var arguments = ak_norm_scheme_arguments(
                        scheme: kernel, rms: plan.kind == .rmsNorm, sequences: batch.sequenceCount, starts: starts,
                        width: x.columns, x: x.pointer,
                        gain: gain?.pointer, bias: bias?.pointer, gain_offset: Float(plan.weightOffset), epsilon: plan.epsilon,
                        frozen_scales: frozen.baseAddress,
                        out: out.pointer, normalized: normalized, scale: scale, moments: moments)
                    return ak_norm_by_scheme(&arguments)
                }
            }
        }
        try ForwardError.check(status)
    }
}

extension NormScheme {
    /// Places for all pairs of mean and variance that a site may compute for a batch, none of them written.
    func room(for batch: Batch, width: Int) -> [Double] {
        let pairs =
            switch self {
            case .token, .frozen, .none: batch.tokenCount
            case .feature: batch.sequenceCount * width
            case .sequence: batch.sequenceCount
            }
        return Array(repeating: NormStatistics.unwritten, count: 2 * pairs)
    }

    /// Nil for LayerNorm, which has a kernel of its own.
    fileprivate var kernel: ak_norm_scheme? {
        switch self {
        case .token: nil
        case .feature: ak_norm_feature
        case .sequence: ak_norm_sequence
        case .frozen: ak_norm_frozen
        case .none: ak_norm_none
        }
    }

    fileprivate func frozenScales(depth: Int) throws(ForwardError) -> [Double] {
        guard case .frozen(let scales) = self else { return [] }
        guard depth < scales.count else { throw .frozenScales(given: scales.count, site: depth) }
        return [scales[depth].positionZero, scales[depth].others]
    }
}

extension [Double] {
    /// Calls `body` with the elements' address, or nil when there are none.
    fileprivate mutating func withOptionalPointer<Result>(_ body: (UnsafeMutablePointer<Double>?) -> Result) -> Result {
        withUnsafeMutableBufferPointer { body($0.isEmpty ? nil : $0.baseAddress) }
    }
}
