/// Hands the observer what it wants, out of the pass's own matrices.
struct Hooks<Watcher: Observer> {
    let batch: Batch
    let scheme: NormScheme
    let observer: Watcher

    func wants(_ point: HookPoint) -> Bool { observer.wants(point) }

    func edits(_ point: HookPoint) -> Bool { observer.edits(point) }

    /// Whether the values at a point must be there, to be seen or changed.
    func touches(_ point: HookPoint) -> Bool { wants(point) || edits(point) }

    /// Which of the parts of `values` change while they are shown at a point.
    func changes(
        at point: HookPoint, of values: UnsafePointer<Float>, parts: [Range<Int>], while show: () throws -> Void
    ) rethrows -> [Int] {
        guard edits(point) else { try show(); return [] }
        let before = parts.map { part in part.map { values[$0].bitPattern } }
        try show()
        return parts.indices.filter { index in
            !zip(parts[index], before[index]).allSatisfy { values[$0].bitPattern == $1 }
        }
    }

    /// A norm that was applied to `input`, or in place; of queries or keys those of some columns.
    func show(
        _ norm: Norm, at site: NormSite, _ extras: Norm.Extras, from input: Matrix?, to output: Matrix, columns: Range<Int>,
        heads: Int = 1
    ) throws {
        guard observer.wantsNorms else { return }
        // By the model's own scheme it follows from the input, unless somebody changed it.
        let isOwn = input == nil || scheme == .token && !edits(.norm(site, .scale)) && !edits(.norm(site, .normalized))
        func view(_ matrix: Matrix, _ columns: Range<Int>) -> Activation {
            Activation(
                batch: batch, rows: 0..<matrix.rows, heads: heads, base: matrix.pointer + columns.lowerBound,
                layout: .strided(width: columns.count, stride: matrix.columns))
        }
        try observer.observe(
            AppliedNorm(
                site: site, statistics: NormStatistics(written: extras.moments, centres: norm.plan.kind == .layerNorm),
                input: input.map { view($0, columns) }, output: view(output, columns),
                normalized: (isOwn ? nil : extras.normalized).map { view($0, 0..<$0.columns) }, kind: norm.plan.kind,
                epsilon: norm.plan.epsilon))
    }

    /// A matrix with a row for each token of the batch, or for those of `rows`.
    func show(_ point: HookPoint, _ matrix: Matrix, rows: Range<Int>? = nil) throws {
        try show(point, matrix, columns: 0..<matrix.columns, heads: 1, rows: rows)
    }

    /// Some columns of it, as heads one after another.
    func show(
        _ point: HookPoint, _ matrix: Matrix, columns: Range<Int>, heads: Int, rows: Range<Int>? = nil
    ) throws {
        if edits(point) {
            for (index, row) in (rows ?? 0..<matrix.rows).enumerated() {
                let start = matrix.pointer + index * matrix.columns + columns.lowerBound
                try observer.edit(point, row: row, UnsafeMutableBufferPointer(start: start, count: columns.count))
            }
        }
        guard wants(point) else { return }
        try observer.observe(
            point,
            Activation(
                batch: batch, rows: rows ?? 0..<matrix.rows, heads: heads, base: matrix.pointer + columns.lowerBound,
                layout: .strided(width: columns.count, stride: matrix.columns)))
    }

    /// Rows of growing width, one after another.
    func show(_ point: HookPoint, ragged values: Matrix, offsets: [Int], heads: Int) throws {
        if edits(point) {
            for row in 0..<batch.tokenCount {
                let values = UnsafeMutableBufferPointer(
                    start: values.pointer + offsets[row], count: offsets[row + 1] - offsets[row])
                try observer.edit(point, row: row, values)
            }
        }
        guard wants(point) else { return }
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
