import CKernels

// H heads of queries, each of width d, read K heads of keys and values: as many of them, or groups share one.

extension Model {
    /// z = softmax(q kᵀ · scale) v for every head, each sequence apart, over the keys that a token sees by the layer's plan.
    /// q and k are normalized and turned by their positions first, where the plan has it.
    func attend(_ a: Matrix, _ block: Block, layer: Int, _ work: Workspace, _ hooks: Hooks<some Observer>) throws {
        let c = configuration
        let (qkv, z) = (work.qkv, work.z)
        block.qkv.apply(a, into: qkv)  // [N, D] -> [N, (H + 2 K) d]
        let plan = block.plan.attention
        let heads = c.headCount
        let (q, k) = (0..<c.attentionWidth, c.attentionWidth..<c.attentionWidth + c.keyValueWidth)
        let v = k.upperBound..<k.upperBound + c.keyValueWidth
        func show(_ hook: HookPoint.AttentionHook, _ columns: Range<Int>) throws {
            let point = HookPoint.attention(layer, hook)
            try hooks.show(point, qkv, columns: columns, heads: c.headCount(at: point))
        }
        if let clip = plan.clip { ak_clip(qkv.rows, qkv.columns, qkv.pointer, qkv.columns, Float(clip)) }
        try show(.q, q)
        try show(.k, k)
        try show(.v, v)
        try normalize(qkv, columns: q, by: block.norms[.qNorm], at: .block(layer, .qNorm), hooks)
        try normalize(qkv, columns: k, by: block.norms[.kNorm], at: .block(layer, .kNorm), hooks)
        if let rotation = block.rotation {
            rotation.rotate(qkv, heads: heads + c.keyValueHeadCount, headWidth: c.headWidth, positionsOf: hooks.batch)
            try show(.rotatedQ, q)
            try show(.rotatedK, k)
        }
        let wantsScores = hooks.touches(.attention(layer, .scores))
        let wantsPattern = hooks.touches(.attention(layer, .pattern)) || hooks.edits(.attention(layer, .scores))
        let offsets = wantsScores || wantsPattern ? hooks.batch.raggedOffsets(heads: heads, plan) : []
        let scores = wantsScores ? Matrix(1, offsets.last ?? 0) : nil
        let pattern = wantsPattern ? Matrix(1, offsets.last ?? 0) : nil
        try hooks.batch.starts.withUnsafeIndices { starts in
            try offsets.withUnsafeIndices { offsets in
                try block.alibiSlopes.withUnsafeBufferPointer { slopes in
                    var arguments = ak_attention_arguments(
                        sequences: hooks.batch.sequenceCount, starts: starts, heads: heads, key_heads: c.keyValueHeadCount,
                        head_width: c.headWidth, causal: plan.mask == .causal,
                        q: qkv.pointer, k: qkv.pointer + k.lowerBound, v: qkv.pointer + v.lowerBound, ld_qkv: qkv.columns,
                        scale: Float(plan.scale), window: plan.window ?? 0, soft_cap: Float(plan.softCap ?? 0),
                        slopes: slopes.isEmpty ? nil : slopes.baseAddress, z: z.pointer, ldz: z.columns, scratch: nil,
                        scores: scores?.pointer, pattern: pattern?.pointer, offsets: offsets)
                    let scratch = Matrix(1, ak_attention_scratch(&arguments))
                    arguments.scratch = scratch.pointer
                    try ForwardError.check(ak_attention(&arguments))
                }
            }
        }
        try self.show(scores, pattern, of: plan, offsets: offsets, v: v, layer: layer, work, hooks)
        try hooks.show(.attention(layer, .z), z, columns: 0..<z.columns, heads: heads)
        work.results = nil
        let point = HookPoint.attention(layer, .result)
        if hooks.touches(point) {
            let results = headResults(z, block)
            let rows = (0..<results.rows).map { $0 * results.columns..<($0 + 1) * results.columns }
            let changed = try hooks.changes(at: point, of: results.pointer, parts: rows) {
                try hooks.show(point, results, columns: 0..<heads * c.width, heads: heads)
            }
            if !changed.isEmpty { work.results = (results, changed) }
        }
    }

    /// A norm of queries or keys, in place, with its four hook points.
    private func normalize(
        _ qkv: Matrix, columns: Range<Int>, by norm: Norm?, at site: NormSite, _ hooks: Hooks<some Observer>
    ) throws {
        guard let norm else { return }
        let c = configuration
        let heads = c.headCount(at: site)
        let shown = c.headCount(at: HookPoint.norm(site, .output))
        try hooks.show(.norm(site, .input), qkv, columns: columns, heads: shown)
        let isEdited = hooks.edits(.norm(site, .scale)) || hooks.edits(.norm(site, .normalized))
        let before = isEdited ? qkv.copy() : qkv
        var extras = Norm.Extras()
        if isEdited || hooks.wants(.norm(site, .normalized)) { extras.normalized = Matrix(qkv.rows, columns.count) }
        if hooks.touches(.norm(site, .scale)) { extras.scale = Matrix(qkv.rows, heads) }
        if hooks.observer.wantsNorms {
            extras.moments = Array(repeating: NormStatistics.unwritten, count: 2 * qkv.rows * heads)
        }
        norm.apply(qkv, columns: columns, heads: heads, into: qkv, &extras)
        try show(extras, of: norm, at: site, from: before, columns: columns, heads: heads, to: qkv, hooks)
        try hooks.show(.norm(site, .output), qkv, columns: columns, heads: shown)
        try hooks.show(norm, at: site, extras, from: nil, to: qkv, columns: columns, heads: shown)
    }

    /// [N, H, D]: what each head writes, z_h · W_O[h], by the model's residual multiplier.
    func headResults(_ z: Matrix, _ block: Block) -> Matrix {
        let (heads, width, headWidth) = (configuration.headCount, configuration.width, configuration.headWidth)
        let results = Matrix(z.rows, heads * width)
        for head in 0..<heads {
            block.attentionOut.multiply(
                inputs: head * headWidth..<(head + 1) * headWidth, of: z, into: results, column: head * width)
        }
        results.multiply(by: configuration.residualMultiplier)
        return results
    }
}
