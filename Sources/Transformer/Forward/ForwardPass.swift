import CKernels

// A forward pass, top to bottom. N: tokens of the batch, D: width, H: heads, K: heads of keys and values, d: head width,
// M: inner width, V: vocabulary. What families differ in is data: each block's plan, and parameters that may be nil.

extension Model {
    /// Runs the model over a batch and shows `observer` what it wants to see on the way.
    ///
    /// The numbers of a sequence do not depend on the other sequences of the batch, nor on what is observed.
    public func forward(
        _ batch: Batch, scheme: NormScheme = .token, from start: PassStart = .embeddings, observer: some Observer
    ) throws {
        try check(batch)
        let hooks = Hooks(batch: batch, scheme: scheme, observer: observer)
        let work = Workspace(configuration, rows: batch.tokenCount)

        var x = try stream(at: start, batch, hooks)  // [N, D] the residual stream
        for (i, block) in blocks.enumerated().dropFirst(start.layer) {
            try hooks.show(.residualPre(i), x)
            for (index, step) in block.plan.steps.enumerated() {
                switch step {
                case .norm(let role):
                    x = try normalize(x, by: block.norms[role], at: .block(i, role), hooks)
                case .add(let branches):
                    // All branches read the stream before any of them is added to it.
                    let inputs = try branches.map { branch in  // [N, D] each
                        guard let role = branch.norm else { return x }
                        return try normalize(x, by: block.norms[role], at: .block(i, role), hooks)
                    }
                    for (branch, a) in zip(branches, inputs) {
                        for sublayer in branch.sublayers {
                            switch sublayer.kind {
                            case .attention: try attend(a, block, layer: i, work, hooks)  // [N, D] -> [N, H d]
                            case .mlp: try expand(a, block, layer: i, work, hooks)  // [N, D] -> [N, M]
                            }
                            try write(sublayer, of: block, layer: i, work, onto: x, hooks)  // -> [N, D]
                        }
                    }
                    try hooks.show(block.plan.isLastSum(index) ? .residualPost(i) : .residualMid(i), x)
                }
            }
        }
        x = try normalize(x, by: finalNorm, at: .final, hooks)  // [N, D]
        try unembed(x, hooks)  // [N, D] -> [N, V]
    }
}

/// Where a forward pass begins.
public enum PassStart: Sendable {
    /// At the tokens: a whole pass.
    case embeddings
    /// At a block, or after the last one, from the residual stream [N, D] that entered there in an earlier pass over the same
    /// tokens. The rest of the pass has the bits that it has in a whole one.
    case block(Int, stream: [Float])

    var layer: Int { if case .block(let layer, _) = self { layer } else { 0 } }
}

/// What all blocks use, one after another.
final class Workspace {
    /// [N, (H + 2 K) d]
    let qkv: Matrix
    /// [N, H d]: the mix of v that each head took.
    let z: Matrix
    /// [N, M]: the MLP between its matrices.
    let m: Matrix
    /// What the heads write, [N, H, D], where it was changed, and the rows where it was.
    var results: (values: Matrix, rows: [Int])?

    init(_ c: ModelConfiguration, rows: Int) {
        qkv = Matrix(rows, c.attentionWidth + 2 * c.keyValueWidth)
        z = Matrix(rows, c.attentionWidth)
        m = Matrix(rows, c.innerWidth)
    }
}

extension Model {
    /// [N, D]: the residual stream where a pass begins.
    private func stream(at start: PassStart, _ batch: Batch, _ hooks: Hooks<some Observer>) throws -> Matrix {
        switch start {
        case .embeddings: return try normalize(embed(batch, hooks), by: embeddingNorm, at: .embed, hooks)
        case .block(let layer, let stream):
            guard layer >= 0, layer <= blocks.count, stream.count == batch.tokenCount * configuration.width else {
                throw ForwardError.start(layer: layer, layers: blocks.count, values: stream.count, tokens: batch.tokenCount)
            }
            let x = Matrix(batch.tokenCount, configuration.width)
            stream.withUnsafeBufferPointer { values in
                if let base = values.baseAddress { x.pointer.update(from: base, count: values.count) }
            }
            return x
        }
    }

    /// x = wte[token] + wpe[position] + segment, as far as there are such embeddings; all text is of segment 0.
    private func embed(_ batch: Batch, _ hooks: Hooks<some Observer>) throws -> Matrix {
        let c = configuration
        var x = Matrix(batch.tokenCount, c.embeddingWidth)
        for row in 0..<x.rows { tokenEmbedding.copyRow(Int(batch.tokens[row]), into: x.row(row)) }
        if let projectionIn {
            let wide = Matrix(x.rows, c.width)
            projectionIn.apply(x, into: wide)
            x = wide
        }
        x.multiply(by: c.embeddingMultiplier)
        try hooks.show(.embed, x)
        let others = [(HookPoint.positionEmbed, positionEmbedding), (.tokenTypeEmbed, segmentEmbedding)]
        for case (let point, let embedding?) in others {
            let added = Matrix(x.rows, x.columns)
            for sequence in 0..<batch.sequenceCount {
                for (position, row) in batch.rows(ofSequence: sequence).enumerated() {
                    let index = point == .positionEmbed ? position + (c.positionOffset ?? 0) : 0
                    embedding.copyRow(index, into: added.row(row))
                }
            }
            try hooks.show(point, added)
            x.add(added)
        }
        return x
    }

    /// The norm at one site, with its four hook points; x itself where there is none.
    private func normalize(_ x: Matrix, by norm: Norm?, at site: NormSite, _ hooks: Hooks<some Observer>) throws -> Matrix {
        guard let norm else { return x }
        let out = Matrix(x.rows, x.columns)
        // What is changed where a norm reads is changed for the norm, and not for the stream.
        let x = hooks.edits(.norm(site, .input)) ? x.copy() : x
        try hooks.show(.norm(site, .input), x)
        var extras = Norm.Extras(
            normalized: hooks.touches(.norm(site, .normalized)) || hooks.edits(.norm(site, .scale))
                || hooks.observer.wantsNorms && hooks.scheme != .token
                ? Matrix(x.rows, x.columns) : nil,
            scale: hooks.touches(.norm(site, .scale)) ? Matrix(x.rows, 1) : nil,
            moments: hooks.observer.wantsNorms ? hooks.scheme.room(for: hooks.batch, width: x.columns) : [])
        try norm.apply(x, into: out, &extras, by: hooks.scheme, depth: depth(of: site), batch: hooks.batch)
        try show(extras, of: norm, at: site, from: x, columns: 0..<x.columns, heads: 1, to: out, hooks)
        try hooks.show(.norm(site, .output), out)
        try hooks.show(norm, at: site, extras, from: x, to: out, columns: 0..<x.columns)
        return out
    }

    /// The MLP before its last matrix: m = f(a W_in), or f(a W_gate) · a W_in, in one step where nobody looks between.
    private func expand(_ a: Matrix, _ block: Block, layer: Int, _ work: Workspace, _ hooks: Hooks<some Observer>) throws {
        let m = work.m
        let first = block.mlpGate ?? block.mlpIn
        let activation = configuration.activation
        if hooks.touches(.mlpPre(layer)) {
            first.apply(a, into: m)
            try hooks.show(.mlpPre(layer), m)
            m.activate(activation)
        } else {
            first.apply(a, into: m, activation: activation.kernel)
        }
        if block.mlpGate != nil {
            if hooks.touches(.mlpPreLinear(layer)) {
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

    /// What a sublayer adds to the residual stream: x += y W + b, in one step where nobody looks at it, and nothing is done to
    /// it on the way.
    private func write(
        _ sublayer: LayerPlan.Sublayer, of block: Block, layer: Int, _ work: Workspace, onto x: Matrix,
        _ hooks: Hooks<some Observer>
    ) throws {
        let (y, output, point) =
            switch sublayer.kind {
            case .attention: (work.z, block.attentionOut, HookPoint.attentionOut(layer))
            case .mlp: (work.m, block.mlpOut, HookPoint.mlpOut(layer))
            }
        let multiplier = configuration.residualMultiplier
        guard sublayer.norm != nil || multiplier != 1 || hooks.touches(point) || work.results != nil else {
            return output.apply(y, into: x, ak_add_to)
        }
        var written = Matrix(x.rows, x.columns)
        output.apply(y, into: written)
        if sublayer.kind == .attention { work.replaceByResults(written, bias: output.bias, multiplier: multiplier) }
        if let role = sublayer.norm { written = try normalize(written, by: block.norms[role], at: .block(layer, role), hooks) }
        written.multiply(by: multiplier)
        try hooks.show(point, written)
        x.add(written)
    }

    /// logits = x wteᵀ, where somebody looks at them.
    private func unembed(_ x: Matrix, _ hooks: Hooks<some Observer>) throws {
        guard hooks.touches(.logits) else { return }
        try unembed(x.pointer, rows: x.rows) { logits, rows in try hooks.show(.logits, logits, rows: rows) }
    }

    /// logits = x wteᵀ, a part of the rows of x: [rows, D] at a time: at GPT-2's vocabulary a row takes 200 KB.
    func unembed(_ x: UnsafePointer<Float>, rows: Int, _ show: (Matrix, Range<Int>) throws -> Void) throws {
        guard unembedding != nil else { return }
        let step = 64
        let logits = Matrix(min(step, rows), configuration.vocabularySize)
        for first in stride(from: 0, to: rows, by: step) {
            let part = first..<min(first + step, rows)
            unembed(x + first * configuration.width, rows: part.count, into: logits)
            try show(logits, part)
        }
    }

    /// logits: [rows, V] = x: [rows, D] · wteᵀ, by the model's factor and under its cap.
    func unembed(_ x: UnsafePointer<Float>, rows: Int, into logits: Matrix) {
        guard let unembedding else { return }
        let c = configuration
        let narrow = projectionOut.map { projection in
            let narrow = Matrix(rows, c.embeddingWidth)
            projection.weight.multiply(x, stride: c.width, rows: rows, into: narrow.pointer, stride: narrow.columns)
            return narrow
        }
        unembedding.multiply(
            narrow.map { UnsafePointer($0.pointer) } ?? x, stride: c.embeddingWidth, rows: rows, bias: unembeddingBias?.pointer,
            into: logits.pointer, stride: logits.columns)
        let count = rows * logits.columns
        if c.logitMultiplier != 1 { ak_scale(count, logits.pointer, Float(c.logitMultiplier)) }
        if let cap = c.logitSoftCap {
            ak_scale(count, logits.pointer, Float(1 / cap))
            ak_activate(ak_tanh, count, logits.pointer)
            ak_scale(count, logits.pointer, Float(cap))
        }
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
