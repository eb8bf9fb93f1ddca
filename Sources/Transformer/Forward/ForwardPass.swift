import CKernels

// A forward pass, top to bottom. N: tokens of the batch, D: width, H: heads, M: inner width, V: vocabulary.

extension Model {
    /// Runs the model over a batch and shows `observer` what it wants to see on the way.
    ///
    /// The numbers of a sequence do not depend on the other sequences of the batch, nor on what is observed.
    public func forward(_ batch: Batch, scheme: NormScheme = .token, observer: some Observer) throws {
        try check(batch)
        let c = configuration
        let n = batch.tokenCount
        let hooks = Hooks(batch: batch, scheme: scheme, observer: observer)

        let x = Matrix(n, c.width)            // [N, D] the residual stream
        let a = Matrix(n, c.width)            // [N, D] what a sublayer reads
        let qkv = Matrix(n, 3 * c.width)      // [N, 3 D]
        let z = Matrix(n, c.width)            // [N, H, D/H]
        let m = Matrix(n, c.innerWidth)       // [N, M]

        try embed(batch, into: x, hooks)                                        // [N, D]
        for (i, block) in blocks.enumerated() {
            try hooks.show(.residualPre(i), x)
            try normalize(x, by: block.norm1, at: .ln1(i), into: a, hooks)      // [N, D]
            try block.qkv.apply(a, into: qkv)                                   // [N, D] -> [N, 3 D]
            try attend(qkv, block, layer: i, into: z, hooks)                    // [N, 3 D] -> [N, D]
            try write(z, through: block.attentionOut, onto: x, .attentionOut(i), hooks)  // [N, D] -> [N, D]
            try hooks.show(.residualMid(i), x)

            try normalize(x, by: block.norm2, at: .ln2(i), into: a, hooks)      // [N, D]
            try block.mlpIn.apply(a, into: m)                                   // [N, D] -> [N, M]
            try hooks.show(.mlpPre(i), m)
            m.activate(c.activation)
            try hooks.show(.mlpPost(i), m)
            try write(m, through: block.mlpOut, onto: x, .mlpOut(i), hooks)     // [N, M] -> [N, D]
            try hooks.show(.residualPost(i), x)
        }
        try normalize(x, by: finalNorm, at: .final, into: a, hooks)             // [N, D]
        try unembed(a, hooks)                                                   // [N, D] -> [N, V]
    }
}

extension Model {
    /// x = wte[token] + wpe[position]
    private func embed(_ batch: Batch, into x: Matrix, _ hooks: Hooks<some Observer>) throws {
        for row in 0..<x.rows { tokenEmbedding.copyRow(Int(batch.tokens[row]), into: x.row(row)) }
        try hooks.show(.embed, x)
        let positions = Matrix(x.rows, x.columns)
        for sequence in 0..<batch.sequenceCount {
            for (position, row) in batch.rows(ofSequence: sequence).enumerated() {
                positionEmbedding.copyRow(position, into: positions.row(row))
            }
        }
        try hooks.show(.positionEmbed, positions)
        x.add(positions)
    }

    /// The norm at one site, with its four hook points.
    private func normalize(
        _ x: Matrix, by norm: Norm, at site: NormSite, into out: Matrix, _ hooks: Hooks<some Observer>
    ) throws {
        try hooks.show(.norm(site, .input), x)
        let pairs = hooks.observer.wantsNormStatistics ? hooks.scheme.pairs(in: hooks.batch, width: x.columns) : 0
        var extras = Norm.Extras(
            normalized: hooks.wants(.norm(site, .normalized)) || hooks.observer.wantsNorms && hooks.scheme != .token
                ? Matrix(x.rows, x.columns) : nil,
            scale: hooks.wants(.norm(site, .scale)) ? Matrix(x.rows, 1) : nil,
            moments: Array(repeating: 0, count: 2 * pairs))
        let depth = site.depth(layers: configuration.layerCount)
        try norm.apply(x, into: out, &extras, by: hooks.scheme, depth: depth, batch: hooks.batch)
        try hooks.show(extras.moments, at: site)
        if let scale = extras.scale { try hooks.show(.norm(site, .scale), scale) }
        if let normalized = extras.normalized { try hooks.show(.norm(site, .normalized), normalized) }
        try hooks.show(.norm(site, .output), out)
        try hooks.show(norm, at: site, from: x, normalized: extras.normalized, to: out)
    }

    /// What a sublayer writes into the residual stream: x += y W + b, in one step where nobody wants to see what is added.
    private func write(
        _ y: Matrix, through output: Linear, onto x: Matrix, _ point: HookPoint, _ hooks: Hooks<some Observer>
    ) throws {
        guard hooks.wants(point) else { return try output.apply(y, into: x, adding: true) }
        let written = Matrix(x.rows, x.columns)
        try output.apply(y, into: written)
        try hooks.show(point, written)
        x.add(written)
    }

    /// softmax(q kᵀ · scale) v for every head, each sequence apart, each token seeing itself and those before it.
    private func attend(
        _ qkv: Matrix, _ block: Block, layer: Int, into z: Matrix, _ hooks: Hooks<some Observer>
    ) throws {
        let heads = configuration.headCount
        let width = configuration.width
        for (part, hook) in [HookPoint.AttentionHook.q, .k, .v].enumerated() {
            try hooks.show(.attention(layer, hook), qkv, columns: part * width..<(part + 1) * width, heads: heads)
        }
        let wantsScores = hooks.wants(.attention(layer, .scores))
        let wantsPattern = hooks.wants(.attention(layer, .pattern))
        let offsets = wantsScores || wantsPattern ? hooks.batch.raggedOffsets(heads: heads) : []
        let scores = wantsScores ? Matrix(1, offsets.last ?? 0) : nil
        let pattern = wantsPattern ? Matrix(1, offsets.last ?? 0) : nil
        try hooks.batch.starts.withUnsafeIndices { starts in
            try offsets.withUnsafeIndices { offsets in
                var arguments = ak_attention_arguments(
                    sequences: hooks.batch.sequenceCount, starts: starts, heads: heads, key_heads: heads,
                    head_width: configuration.headWidth, causal: true,
                    q: qkv.pointer, k: qkv.pointer + width, v: qkv.pointer + 2 * width, ld_qkv: qkv.columns,
                    scale: block.attentionScale, z: z.pointer, ldz: z.columns, scratch: nil,
                    scores: scores?.pointer, pattern: pattern?.pointer, offsets: offsets)
                let scratch = Matrix(1, ak_attention_scratch(&arguments))
                arguments.scratch = scratch.pointer
                try ForwardError.check(ak_attention(&arguments))
            }
        }
        if let scores { try hooks.show(.attention(layer, .scores), ragged: scores, offsets: offsets, heads: heads) }
        if let pattern { try hooks.show(.attention(layer, .pattern), ragged: pattern, offsets: offsets, heads: heads) }
        try hooks.show(.attention(layer, .z), z, columns: 0..<width, heads: heads)
        if hooks.wants(.attention(layer, .result)) {
            try hooks.show(.attention(layer, .result), headResults(z, block), columns: 0..<heads * width, heads: heads)
        }
    }

    /// [N, H, D]: what each head writes, z_h · W_O[h].
    func headResults(_ z: Matrix, _ block: Block) throws(ForwardError) -> Matrix {
        let (heads, width, headWidth) = (configuration.headCount, configuration.width, configuration.headWidth)
        let results = Matrix(z.rows, heads * width)
        for head in 0..<heads {
            try block.attentionOut.multiply(
                inputs: head * headWidth..<(head + 1) * headWidth, of: z, into: results, column: head * width)
        }
        return results
    }

    /// logits = x wteᵀ, a part of the rows at a time: at GPT-2's vocabulary a row takes 200 KB.
    private func unembed(_ x: Matrix, _ hooks: Hooks<some Observer>) throws {
        guard hooks.wants(.logits) else { return }
        let step = 64
        let logits = Matrix(min(step, x.rows), configuration.vocabularySize)
        for first in stride(from: 0, to: x.rows, by: step) {
            let rows = first..<min(first + step, x.rows)
            try unembed(x.pointer + first * x.columns, rows: rows.count, into: logits)
            try hooks.show(.logits, logits, rows: rows)
        }
    }

    /// logits: [rows, V] = x: [rows, D] · wteᵀ
    func unembed(_ x: UnsafePointer<Float>, rows: Int, into logits: Matrix) throws(ForwardError) {
        try unembedding.multiply(
            x, stride: configuration.width, rows: rows, bias: nil, into: logits.pointer, stride: logits.columns, adding: false)
    }

    /// Everything that the kernels take for granted.
    private func check(_ batch: Batch) throws(ForwardError) {
        guard batch.sequenceCount > 0 else { throw .emptyBatch }
        for index in 0..<batch.sequenceCount {
            let rows = batch.rows(ofSequence: index)
            guard !rows.isEmpty else { throw .emptySequence(index: index) }
            guard rows.count <= configuration.contextLength else {
                throw .tooLong(sequence: index, tokens: rows.count, context: configuration.contextLength)
            }
            for row in rows where batch.tokens[row] < 0 || Int(batch.tokens[row]) >= configuration.vocabularySize {
                throw .unknownToken(
                    id: batch.tokens[row], sequence: index, position: row - rows.lowerBound,
                    vocabulary: configuration.vocabularySize)
            }
        }
    }
}
