import CKernels

// A forward pass, top to bottom. N: tokens of the batch, D: width, H: heads, K: heads of keys and values, d: head width,
// M: inner width, V: vocabulary. What architectures differ in is data: `ModelConfiguration`, and parameters that may be nil.

extension Model {
    /// Runs the model over a batch and shows `observer` what it wants to see on the way.
    ///
    /// The numbers of a sequence do not depend on the other sequences of the batch, nor on what is observed.
    public func forward(_ batch: Batch, scheme: NormScheme = .token, observer: some Observer) throws {
        try check(batch)
        let c = configuration
        let n = batch.tokenCount
        let hooks = Hooks(batch: batch, scheme: scheme, observer: observer)

        let isPost = c.normPlacement == .post

        var x = Matrix(n, c.width)                              // [N, D] the residual stream
        var a = Matrix(n, c.width)                              // [N, D] a norm's output
        let qkv = Matrix(n, c.attentionWidth + 2 * c.keyValueWidth)  // [N, (H + 2 K) d]
        let z = Matrix(n, c.attentionWidth)                     // [N, H, d]
        let m = Matrix(n, c.innerWidth)                         // [N, M]

        // Pre-LN: a sublayer reads the norm of the stream. Post-LN: it reads the stream, and the norm of its sum is the stream.
        func pre(_ norm: Norm, _ site: NormSite) throws -> Matrix {
            if isPost { return x }
            try normalize(x, by: norm, at: site, into: a, hooks)
            return a
        }
        func post(_ norm: Norm?, _ site: NormSite) throws {
            guard isPost, let norm else { return }
            try normalize(x, by: norm, at: site, into: a, hooks)
            swap(&x, &a)
        }

        try embed(batch, into: x, hooks)                                        // [N, D]
        try post(embeddingNorm, .embed)                                         // [N, D]
        for (i, block) in blocks.enumerated() {
            try hooks.show(.residualPre(i), x)
            block.qkv.apply(try pre(block.norm1, .ln1(i)), into: qkv)           // [N, D] -> [N, (H + 2 K) d]
            try attend(qkv, block, layer: i, into: z, hooks)                    // [N, (H + 2 K) d] -> [N, H d]
            try write(z, through: block.attentionOut, onto: x, .attentionOut(i), hooks)  // [N, H d] -> [N, D]
            try hooks.show(.residualMid(i), x)
            try post(block.norm1, .ln1(i))                                      // [N, D]

            try expand(pre(block.norm2, .ln2(i)), block, layer: i, into: m, hooks)  // [N, D] -> [N, M]
            try write(m, through: block.mlpOut, onto: x, .mlpOut(i), hooks)     // [N, M] -> [N, D]
            try hooks.show(.residualPost(i), x)
            try post(block.norm2, .ln2(i))                                      // [N, D]
        }
        guard let finalNorm else { return }
        try unembed(pre(finalNorm, .final), hooks)                              // [N, D] -> [N, V]
    }
}

extension Model {
    /// x = wte[token] + wpe[position] + segment, as far as there are such embeddings; all text is of segment 0.
    private func embed(_ batch: Batch, into x: Matrix, _ hooks: Hooks<some Observer>) throws {
        for row in 0..<x.rows { tokenEmbedding.copyRow(Int(batch.tokens[row]), into: x.row(row)) }
        try hooks.show(.embed, x)
        let others = [(HookPoint.positionEmbed, positionEmbedding), (.tokenTypeEmbed, segmentEmbedding)]
        for case (let point, let embedding?) in others {
            let added = Matrix(x.rows, x.columns)
            for sequence in 0..<batch.sequenceCount {
                for (position, row) in batch.rows(ofSequence: sequence).enumerated() {
                    embedding.copyRow(point == .positionEmbed ? position : 0, into: added.row(row))
                }
            }
            try hooks.show(point, added)
            x.add(added)
        }
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
        let depth = configuration.depth(of: site)
        try norm.apply(x, into: out, &extras, by: hooks.scheme, depth: depth, batch: hooks.batch)
        try hooks.show(extras.moments, at: site)
        if let scale = extras.scale { try hooks.show(.norm(site, .scale), scale) }
        if let normalized = extras.normalized { try hooks.show(.norm(site, .normalized), normalized) }
        try hooks.show(.norm(site, .output), out)
        try hooks.show(norm, at: site, from: x, normalized: extras.normalized, to: out)
    }

    /// The MLP before its last matrix: m = f(a W_in), or f(a W_gate) · a W_in, in one step where nobody looks between.
    private func expand(_ a: Matrix, _ block: Block, layer: Int, into m: Matrix, _ hooks: Hooks<some Observer>) throws {
        let first = block.mlpGate ?? block.mlpIn
        let activation = configuration.activation
        if hooks.wants(.mlpPre(layer)) {
            first.apply(a, into: m)
            try hooks.show(.mlpPre(layer), m)
            m.activate(activation)
        } else {
            first.apply(a, into: m, activation: activation.kernel)
        }
        if block.mlpGate != nil {
            if hooks.wants(.mlpPreLinear(layer)) {
                let linear = Matrix(m.rows, m.columns)
                block.mlpIn.apply(a, into: linear)
                try hooks.show(.mlpPreLinear(layer), linear)
                m.multiply(linear)
            } else {
                block.mlpIn.apply(a, into: m, ak_multiply_by)
            }
        }
        try hooks.show(.mlpPost(layer), m)
    }

    /// What a sublayer writes into the residual stream: x += y W + b, in one step where nobody wants to see what is added.
    private func write(
        _ y: Matrix, through output: Linear, onto x: Matrix, _ point: HookPoint, _ hooks: Hooks<some Observer>
    ) throws {
        guard hooks.wants(point) else { return output.apply(y, into: x, ak_add_to) }
        let written = Matrix(x.rows, x.columns)
        output.apply(y, into: written)
        try hooks.show(point, written)
        x.add(written)
    }

    /// logits = x wteᵀ, a part of the rows at a time: at GPT-2's vocabulary a row takes 200 KB.
    private func unembed(_ x: Matrix, _ hooks: Hooks<some Observer>) throws {
        guard unembedding != nil, hooks.wants(.logits) else { return }
        let step = 64
        let logits = Matrix(min(step, x.rows), configuration.vocabularySize)
        for first in stride(from: 0, to: x.rows, by: step) {
            let rows = first..<min(first + step, x.rows)
            unembed(x.pointer + first * x.columns, rows: rows.count, into: logits)
            try hooks.show(.logits, logits, rows: rows)
        }
    }

    /// logits: [rows, V] = x: [rows, D] · wteᵀ
    func unembed(_ x: UnsafePointer<Float>, rows: Int, into logits: Matrix) {
        unembedding?.multiply(x, stride: configuration.width, rows: rows, into: logits.pointer, stride: logits.columns)
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
