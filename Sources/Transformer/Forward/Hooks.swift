/// Hands the observer what it wants, out of the pass's own matrices.
struct Hooks<Watcher: Observer> {
    let batch: Batch
    let scheme: NormScheme
    let observer: Watcher

    func wants(_ point: HookPoint) -> Bool { observer.wants(point) }

    /// The pairs of mean and variance that a norm computed.
    func show(_ moments: [Double], of norm: Norm, at site: NormSite) throws {
        guard observer.wantsNormStatistics else { return }
        try observer.observe(NormStatistics(written: moments, centres: norm.plan.kind == .layerNorm), at: site)
    }

    /// A norm that was applied to `input`.
    func show(_ norm: Norm, at site: NormSite, from input: Matrix, normalized: Matrix?, to output: Matrix) throws {
        guard observer.wantsNorms else { return }
        let normalized = scheme == .token ? nil : normalized
        try observer.observe(
            AppliedNorm(
                site: site, input: activation(input), output: activation(output), normalized: normalized.map(activation),
                kind: norm.plan.kind, epsilon: norm.plan.epsilon))
    }

    private func activation(_ matrix: Matrix) -> Activation {
        Activation(
            batch: batch, rows: 0..<matrix.rows, base: matrix.pointer,
            layout: .strided(width: matrix.columns, stride: matrix.columns))
    }

    /// A matrix with a row for each token of the batch, or for those of `rows`.
    func show(_ point: HookPoint, _ matrix: Matrix, rows: Range<Int>? = nil) throws {
        try show(point, matrix, columns: 0..<matrix.columns, heads: 1, rows: rows)
    }

    /// Some columns of it, as heads one after another.
    func show(
        _ point: HookPoint, _ matrix: Matrix, columns: Range<Int>, heads: Int, rows: Range<Int>? = nil
    ) throws {
        guard wants(point) else { return }
        try observer.observe(
            point,
            Activation(
                batch: batch, rows: rows ?? 0..<matrix.rows, heads: heads, base: matrix.pointer + columns.lowerBound,
                layout: .strided(width: columns.count, stride: matrix.columns)))
    }

    /// Rows of growing width, one after another.
    func show(_ point: HookPoint, ragged values: Matrix, offsets: [Int], heads: Int) throws {
        try observer.observe(
            point,
            Activation(
                batch: batch, rows: 0..<batch.tokenCount, heads: heads, base: values.pointer, layout: .ragged(offsets: offsets)))
    }
}

extension Batch {
    /// Where each row begins when a row holds `heads` times the keys that its token sees; at the end, the number of values.
    func raggedOffsets(heads: Int, _ plan: AttentionPlan) -> [Int] {
        var offsets = [0]
        offsets.reserveCapacity(tokenCount + 1)
        for sequence in 0..<sequenceCount {
            let length = rows(ofSequence: sequence).count
            for position in 0..<length {
                let keys = plan.visibleKeys(position: position, length: length)
                offsets.append(offsets[offsets.count - 1] + heads * keys.count)
            }
        }
        return offsets
    }
}
