import CKernels

/// A norm's learned parameters and how it applies them.
struct Norm: Sendable {
    let gain: Parameter
    let bias: Parameter?
    let plan: NormPlan

    /// What a norm gives beside its output; what is nil is not kept.
    struct Extras {
        /// [N, D]
        var normalized: Matrix?
        /// [N, 1]
        var scale: Matrix?
        /// Room for the pairs that the scheme may compute: see `NormScheme.room(for:width:)`.
        var moments: [Double] = []
    }

    /// LayerNorm or RMSNorm: x: [N, D] -> out: [N, D]. `moments` has room for N pairs, or is empty.
    func apply(_ x: Matrix, into out: Matrix, _ extras: inout Extras) {
        let (normalized, scale) = (extras.normalized?.pointer, extras.scale?.pointer)
        extras.moments.withOptionalPointer { moments in
            switch plan.kind {
            case .layerNorm:
                ak_layer_norm(
                    x.rows, x.columns, x.pointer, x.columns, gain.pointer, bias?.pointer, plan.epsilon,
                    out.pointer, normalized, scale, moments)
            case .rmsNorm:
                ak_rms_norm(
                    x.rows, x.columns, x.pointer, x.columns, gain.pointer, plan.epsilon, out.pointer, normalized, scale, moments)
            }
        }
    }

    /// The same of some columns of x, in place: all of them as one vector, or as `heads`, each on its own.
    func apply(_ x: Matrix, columns: Range<Int>, heads: Int, hasGainByHead: Bool, _ extras: inout Extras) {
        let (normalized, scale) = (extras.normalized?.pointer, extras.scale?.pointer)
        extras.moments.withOptionalPointer { moments in
            var arguments = ak_head_norm(
                rows: x.rows, heads: heads, width: columns.count / heads, rms: plan.kind == .rmsNorm,
                x: x.pointer + columns.lowerBound, ldx: x.columns, gain: gain.pointer, gain_by_head: hasGainByHead,
                bias: bias?.pointer, epsilon: plan.epsilon, out: x.pointer + columns.lowerBound, ldo: x.columns,
                normalized: normalized, scale: scale, moments: moments)
            ak_normalize_heads(&arguments)
        }
    }

    /// The same as the first by another scheme; `depth` is the site's, for frozen scales.
    func apply(
        _ x: Matrix, into out: Matrix, _ extras: inout Extras, by scheme: NormScheme, depth: Int, batch: Batch
    ) throws(ForwardError) {
        guard let kernel = scheme.kernel else { return apply(x, into: out, &extras) }
        let (normalized, scale) = (extras.normalized?.pointer, extras.scale?.pointer)
        let frozen = try scheme.frozenScales(depth: depth)
        let status = extras.moments.withOptionalPointer { moments in
            batch.starts.withUnsafeIndices { starts in
                frozen.withUnsafeBufferPointer { frozen in
                    var arguments = ak_norm_scheme_arguments(
                        scheme: kernel, rms: plan.kind == .rmsNorm, sequences: batch.sequenceCount, starts: starts, width: x.columns, x: x.pointer,
                        gain: gain.pointer, bias: bias?.pointer, epsilon: plan.epsilon, frozen_scales: frozen.baseAddress,
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
