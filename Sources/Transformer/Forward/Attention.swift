import CKernels

// H heads of queries, each of width d, read K heads of keys and values: as many of them, or groups share one.

extension Model {
    /// softmax(q kᵀ · scale) v for every head, each sequence apart: each token sees itself and those before it, or all of its
    /// sequence. Where positions are rotary, q and k are turned by them first.
    func attend(
        _ qkv: Matrix, _ block: Block, layer: Int, into z: Matrix, _ hooks: Hooks<some Observer>
    ) throws {
        let c = configuration
        let heads = c.headCount
        let (q, k) = (0..<c.attentionWidth, c.attentionWidth..<c.attentionWidth + c.keyValueWidth)
        let v = k.upperBound..<k.upperBound + c.keyValueWidth
        func show(_ hook: HookPoint.AttentionHook, _ columns: Range<Int>) throws {
            let point = HookPoint.attention(layer, hook)
            try hooks.show(point, qkv, columns: columns, heads: c.headCount(at: point))
        }
        try show(.q, q)
        try show(.k, k)
        try show(.v, v)
        if let rotation {
            rotation.rotate(qkv, heads: heads + c.keyValueHeadCount, positionsOf: hooks.batch)
            try show(.rotatedQ, q)
            try show(.rotatedK, k)
        }
        let isCausal = c.attentionMask == .causal
        let wantsScores = hooks.wants(.attention(layer, .scores))
        let wantsPattern = hooks.wants(.attention(layer, .pattern))
        let offsets = wantsScores || wantsPattern ? hooks.batch.raggedOffsets(heads: heads, isCausal: isCausal) : []
        let scores = wantsScores ? Matrix(1, offsets.last ?? 0) : nil
        let pattern = wantsPattern ? Matrix(1, offsets.last ?? 0) : nil
        try hooks.batch.starts.withUnsafeIndices { starts in
            try offsets.withUnsafeIndices { offsets in
                var arguments = ak_attention_arguments(
                    sequences: hooks.batch.sequenceCount, starts: starts, heads: heads, key_heads: c.keyValueHeadCount,
                    head_width: c.headWidth, causal: isCausal,
                    q: qkv.pointer, k: qkv.pointer + k.lowerBound, v: qkv.pointer + v.lowerBound, ld_qkv: qkv.columns,
                    scale: block.attentionScale, window: 0, soft_cap: 0, slopes: nil, z: z.pointer, ldz: z.columns, scratch: nil,
                    scores: scores?.pointer, pattern: pattern?.pointer, offsets: offsets)
                let scratch = Matrix(1, ak_attention_scratch(&arguments))
                arguments.scratch = scratch.pointer
                try ForwardError.check(ak_attention(&arguments))
            }
        }
        if let scores { try hooks.show(.attention(layer, .scores), ragged: scores, offsets: offsets, heads: heads) }
        if let pattern { try hooks.show(.attention(layer, .pattern), ragged: pattern, offsets: offsets, heads: heads) }
        try hooks.show(.attention(layer, .z), z, columns: 0..<z.columns, heads: heads)
        if hooks.wants(.attention(layer, .result)) {
            try hooks.show(.attention(layer, .result), headResults(z, block), columns: 0..<heads * c.width, heads: heads)
        }
    }

    /// [N, H, D]: what each head writes, z_h · W_O[h].
    func headResults(_ z: Matrix, _ block: Block) -> Matrix {
        let (heads, width, headWidth) = (configuration.headCount, configuration.width, configuration.headWidth)
        let results = Matrix(z.rows, heads * width)
        for head in 0..<heads {
            block.attentionOut.multiply(
                inputs: head * headWidth..<(head + 1) * headWidth, of: z, into: results, column: head * width)
        }
        return results
    }
}
