import Foundation

// Fused kernels compute what lies between two hook points where nobody changes it. Where somebody does, what follows from the
// parts that changed is computed anew here, and from no others: a pass differs from one without edits by the edits alone.

extension Model {
    /// Shows what a norm divided by and the normalized vectors, `heads` of them in the columns of a row, and takes changes over.
    func show(
        _ extras: Norm.Extras, of norm: Norm, at site: NormSite, from x: Matrix, columns: Range<Int>, heads: Int, to out: Matrix,
        _ hooks: Hooks<some Observer>
    ) throws {
        let shown = configuration.headCount(at: HookPoint.norm(site, .output))
        let width = columns.count / heads
        if let scale = extras.scale {
            let places = (0..<x.rows * heads).map { $0..<$0 + 1 }
            let changed = try hooks.changes(at: .norm(site, .scale), of: scale.pointer, parts: places) {
                try hooks.show(.norm(site, .scale), scale, columns: 0..<heads, heads: heads)
            }
            for place in changed {
                guard let normalized = extras.normalized else { continue }
                let (row, head) = place.quotientAndRemainder(dividingBy: heads)
                let start = row * x.columns + columns.lowerBound + head * width
                let values = (start..<start + width).map { Double(x.pointer[$0]) }
                let mean = norm.plan.kind == .layerNorm ? values.reduce(0, +) / Double(width) : 0
                for (i, value) in values.enumerated() {
                    normalized.pointer[place * width + i] = Float((value - mean) / Double(scale.pointer[place]))
                }
                apply(norm, to: normalized, place: place, width: width, head: head, into: out, columns: columns, heads: heads)
            }
        }
        if let normalized = extras.normalized {
            let places = (0..<x.rows * heads).map { $0 * width..<($0 + 1) * width }
            let changed = try hooks.changes(at: .norm(site, .normalized), of: normalized.pointer, parts: places) {
                try hooks.show(.norm(site, .normalized), normalized, columns: 0..<columns.count, heads: shown)
            }
            for place in changed {
                apply(
                    norm, to: normalized, place: place, width: width, head: place % heads, into: out, columns: columns, heads: heads
                )
            }
        }
    }

    /// Gain and bias of one vector: out = normalized · gain + bias.
    private func apply(
        _ norm: Norm, to normalized: Matrix, place: Int, width: Int, head: Int, into out: Matrix, columns: Range<Int>, heads: Int
    ) {
        let first = norm.hasGainByHead(width: width) ? head * width : 0
        let start = place / heads * out.columns + columns.lowerBound + head * width
        for i in 0..<width {
            let gain = norm.gain.map { Float(norm.plan.weightOffset) + $0.pointer[first + i] } ?? 1
            out.pointer[start + i] = normalized.pointer[place * width + i] * gain + (norm.bias?.pointer[first + i] ?? 0)
        }
    }

    /// Shows scores and pattern, and takes changes over into what follows: the pattern, and z.
    func show(
        _ scores: Matrix?, _ pattern: Matrix?, of plan: AttentionPlan, offsets: [Int], v: Range<Int>, layer: Int, _ work: Workspace,
        _ hooks: Hooks<some Observer>
    ) throws {
        let c = configuration
        let heads = c.headCount
        /// Where the keys of each row and head are.
        func parts() -> [Range<Int>] {
            (0..<hooks.batch.tokenCount).flatMap { row in
                let keys = (offsets[row + 1] - offsets[row]) / heads
                return (0..<heads).map { offsets[row] + $0 * keys..<offsets[row] + ($0 + 1) * keys }
            }
        }
        let isEdited = hooks.edits(.attention(layer, .scores)) || hooks.edits(.attention(layer, .pattern))
        let places = isEdited ? parts() : []
        var changed: Set<Int> = []
        if let scores {
            changed.formUnion(
                try hooks.changes(at: .attention(layer, .scores), of: scores.pointer, parts: places) {
                    try hooks.show(.attention(layer, .scores), ragged: scores, offsets: offsets, heads: heads)
                })
            for place in changed {
                guard let pattern else { continue }
                let values = places[place].map { Double(scores.pointer[$0]) }
                let largest = values.max() ?? 0
                let weights = values.map { exp($0 - largest) }
                let sum = weights.reduce(0, +)
                for (key, weight) in zip(places[place], weights) { pattern.pointer[key] = Float(weight / sum) }
            }
        }
        guard let pattern else { return }
        changed.formUnion(
            try hooks.changes(at: .attention(layer, .pattern), of: pattern.pointer, parts: places) {
                try hooks.show(.attention(layer, .pattern), ragged: pattern, offsets: offsets, heads: heads)
            })
        for place in changed {
            let (row, head) = place.quotientAndRemainder(dividingBy: heads)
            let rows = hooks.batch.rows(ofSequence: hooks.batch.sequence(ofRow: row))
            let first = rows.lowerBound + plan.visibleKeys(position: row - rows.lowerBound, length: rows.count).lowerBound
            let column = v.lowerBound + head / (heads / c.keyValueHeadCount) * c.headWidth
            for i in 0..<c.headWidth {
                var sum = 0.0
                for (index, key) in places[place].enumerated() {
                    sum += Double(pattern.pointer[key]) * Double(work.qkv.pointer[(first + index) * work.qkv.columns + column + i])
                }
                work.z.pointer[row * work.z.columns + head * c.headWidth + i] = Float(sum)
            }
        }
    }
}

extension Workspace {
    /// Where what heads write was changed, what the attention writes is their sum and b_O. The heads' results are shown by the
    /// model's residual multiplier, which what is written here gets later.
    func replaceByResults(_ written: Matrix, bias: Parameter?, multiplier: Double) {
        guard let results else { return }
        let (width, heads) = (written.columns, results.values.columns / written.columns)
        for row in results.rows {
            for i in 0..<width {
                var sum = 0.0
                for head in 0..<heads { sum += Double(results.values.pointer[row * results.values.columns + head * width + i]) }
                written.pointer[row * width + i] = Float(sum / multiplier + Double(bias?.pointer[i] ?? 0))
            }
        }
    }
}
