import CKernels

/// A norm's learned parameters and how it applies them.
struct Norm: Sendable {
    let gain: Parameter
    let bias: Parameter?
    let epsilon: Double
    let kind: ModelConfiguration.NormKind

    /// What a norm gives beside its output; what is nil is not kept.
    struct Extras {
        /// [N, D]
        var normalized: Matrix?
        /// [N, 1]
        var scale: Matrix?
        /// Two for each pair that the scheme computes: see `NormScheme.pairs(in:width:)`.
        var moments: [Double] = []
    }

    /// LayerNorm or RMSNorm: x: [N, D] -> out: [N, D]. `moments` has room for N pairs, or is empty.
    func apply(_ x: Matrix, into out: Matrix, _ extras: inout Extras) {
        let (normalized, scale) = (extras.normalized?.pointer, extras.scale?.pointer)
        extras.moments.withOptionalPointer { moments in
            var norm = ak_norm(
                rows: x.rows, heads: 1, width: x.columns, rms: kind == .rmsNorm, x: x.pointer, ldx: x.columns, gain: gain.pointer,
                bias: bias?.pointer, ld_gain: 0, gain_offset: 0, epsilon: epsilon, out: out.pointer, ldo: out.columns,
                normalized: normalized, scale: scale, moments: moments)
            ak_normalize(&norm)
        }
    }

    /// The same by another scheme; `depth` is the site's, for frozen scales.
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
                        scheme: kernel, rms: kind == .rmsNorm, sequences: batch.sequenceCount, starts: starts, width: x.columns, x: x.pointer,
                        gain: gain.pointer, bias: bias?.pointer, gain_offset: 0, epsilon: epsilon, frozen_scales: frozen.baseAddress,
                        out: out.pointer, normalized: normalized, scale: scale, moments: moments)
                    return ak_norm_by_scheme(&arguments)
                }
            }
        }
        try ForwardError.check(status)
    }
}

extension NormScheme {
    /// How many pairs of mean and variance a site computes for a batch.
    func pairs(in batch: Batch, width: Int) -> Int {
        switch self {
        case .token: batch.tokenCount
        case .feature: batch.sequenceCount * width
        case .sequence: batch.sequenceCount
        case .frozen, .none: 0
        }
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
