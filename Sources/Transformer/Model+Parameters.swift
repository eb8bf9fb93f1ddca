import CKernels

/// Learned parameters, to look at beside the activations.
extension Model {
    /// Gain and bias of the norm at one of the model's sites: [D] each, or as wide as what a norm of queries or keys has. The
    /// gain is what is multiplied by, with the family's offset in it; the bias is zeros where the architecture has none.
    public func gainAndBias(at site: NormSite) -> (gain: [Float], bias: [Float]) {
        guard let norm = norm(at: site) else { return ([], []) }
        let gain = norm.gains(width: configuration.width(at: site))
        return (gain, norm.bias.map { Array($0.values) } ?? [Float](repeating: 0, count: gain.count))
    }

    func norm(at site: NormSite) -> Norm? {
        switch site {
        case .embed: embeddingNorm
        case .block(let layer, let role): blocks[layer].norms[role]
        case .final: finalNorm
        }
    }

    /// b_O [D]: what the attention of a block writes beside its heads' results.
    public func attentionOutputBias(layer: Int) -> [Float] {
        let factor = Float(configuration.residualMultiplier)
        return blocks[layer].attentionOut.bias.map { $0.values.map { $0 * factor } }
            ?? [Float](repeating: 0, count: configuration.width)
    }

    /// The rows of W_O that the z of one head of a block goes through, [d, D], by the model's residual multiplier.
    package func attentionOutput(layer: Int, head: Int) -> [Float] {
        let width = configuration.headWidth
        let rows = blocks[layer].attentionOut.weight.values(inputs: head * width..<(head + 1) * width)
        let factor = Float(configuration.residualMultiplier)
        return factor == 1 ? rows : rows.map { $0 * factor }
    }
}

extension Model {
    /// Covariance over the features of what each head of a block writes, z_h W_O[h], with vectors x: `out[row * ldOut + head]`.
    /// x: [N, D], z: [N, H · d]. `through`: a norm whose gain what heads write is multiplied by. With x centred it is z_h · (W_O[h] x) / D: nothing of the heads' width times D is made.
    package func headCovariances(
        layer: Int, z: UnsafePointer<Float>, with x: UnsafePointer<Float>, rows: Int, through site: NormSite? = nil,
        into out: UnsafeMutablePointer<Double>, ldOut: Int
    ) {
        let centred = Matrix(rows, configuration.width)  // [N, D]
        ak_centre_rows(rows, configuration.width, x, centred.pointer)
        headProducts(
            layer: layer, z: z, with: centred.pointer, rows: rows, through: site, factor: 1 / Double(configuration.width),
            into: out,
            ldOut: ldOut)
    }

    /// factor · (z_h W_O[h]) · x: how far what each head of a block writes goes along x. Shapes are as above.
    package func headProducts(
        layer: Int, z: UnsafePointer<Float>, with x: UnsafePointer<Float>, rows: Int, through site: NormSite? = nil,
        factor: Double = 1, into out: UnsafeMutablePointer<Double>, ldOut: Int
    ) {
        let c = configuration
        let seen = Matrix(rows, c.attentionWidth)  // [N, H d]
        let scaled = site.flatMap(norm(at:)).map { norm in
            let scaled = Matrix(rows, c.width)
            let gains = norm.gains(width: c.width)
            for row in 0..<rows {
                for i in 0..<c.width { scaled.pointer[row * c.width + i] = x[row * c.width + i] * gains[i] }
            }
            return scaled
        }
        blocks[layer].attentionOut.weight.multiplyTransposed(
            scaled.map { UnsafePointer($0.pointer) } ?? x, rows: rows, into: seen.pointer)
        ak_head_products(rows, c.headCount, c.headWidth, z, seen.pointer, c.residualMultiplier * factor, out, ldOut)
    }

    /// Whether a bias is added to logits.
    package var unembeddingHasBias: Bool { unembeddingBias != nil }

    /// What a token's logit reads of the stream as it leaves the last norm: u [D] and b of logit = u · x + b, before any soft-cap.
    /// The model's logit multiplier is in both.
    package func logitDirection(of token: Int) -> (direction: [Float], bias: Double)? {
        guard let unembedding else { return nil }
        let c = configuration
        var row = unembedding.row(ofOutput: token)  // [E]
        if let projectionOut {
            let wide = Matrix(1, c.width)
            row.withUnsafeBufferPointer { row in
                if let base = row.baseAddress { projectionOut.weight.multiplyTransposed(base, rows: 1, into: wide.pointer) }
            }
            row = Array(UnsafeBufferPointer(start: wide.pointer, count: c.width))
        }
        if c.logitMultiplier != 1 { row = row.map { $0 * Float(c.logitMultiplier) } }
        return (row, Double(unembeddingBias?.values[token] ?? 0) * c.logitMultiplier)
    }

    /// [N, V], a part of the rows at a time: what the residual stream [N, D] at some place predicts by the model's own last norm,
    /// its unembedding, and what follows that.
    package func predictions(
        ofStream x: borrowing Activation, scheme: NormScheme, _ show: (borrowing Activation) throws -> Void
    ) throws {
        let stream = Matrix(x.rowCount, configuration.width)
        x.withMatrix { base, width, stride in ak_copy_rows(x.rowCount, width, base, stride, stream.pointer) }
        var last = stream
        if let finalNorm {
            last = Matrix(stream.rows, stream.columns)
            var extras = Norm.Extras()
            try finalNorm.apply(stream, into: last, &extras, by: scheme, depth: depth(of: .final), batch: x.batch)
        }
        try unembed(last.pointer, rows: last.rows) { logits, rows in
            try show(
                Activation(
                    batch: x.batch, rows: rows, base: logits.pointer,
                    layout: .strided(width: logits.columns, stride: logits.columns)))
        }
    }

    /// [N, V]: the predictions that hidden vectors [N, D], as they leave the final norm, stand for.
    package func logits(hidden: UnsafeBufferPointer<Float>) -> [Float] {
        let (width, vocabulary) = (configuration.width, configuration.vocabularySize)
        let rows = hidden.count / width
        guard let base = hidden.baseAddress else { return [] }
        let logits = Matrix(rows, vocabulary)
        unembed(base, rows: rows, into: logits)
        return Array(UnsafeBufferPointer(start: logits.pointer, count: rows * vocabulary))
    }
}

extension CheckpointTensors {
    /// Weights counted one by one; what is tied counts once.
    var parameterCount: Int { all.map(\.count).reduce(0, +) }
}
