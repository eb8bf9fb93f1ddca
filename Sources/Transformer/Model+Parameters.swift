import CKernels

/// Learned parameters, to look at beside the activations.
extension Model {
    /// Gain and bias of the norm at one of the model's sites: [D] each, or as wide as what a norm of queries or keys has. The
    /// gain is what is multiplied by, with the family's offset in it; the bias is zeros where the architecture has none.
    public func gainAndBias(at site: NormSite) -> (gain: [Float], bias: [Float]) {
        guard let norm = norm(at: site) else { return ([], []) }
        return (Array(norm.gain.values), norm.bias.map { Array($0.values) } ?? [Float](repeating: 0, count: norm.gain.count))
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

    /// W_O of a block as [H, d, D] float32 values: the rows that each head's z goes through, by the model's residual multiplier.
    package func withAttentionOutput<Result>(layer: Int, _ body: (UnsafePointer<Float>) throws -> Result) rethrows -> Result {
        let weight = blocks[layer].attentionOut.weight
        guard configuration.residualMultiplier != 1 else { return try weight.withRows(body) }
        let scaled = Matrix(weight.inputs, weight.outputs)
        weight.withRows { scaled.pointer.update(from: $0, count: weight.inputs * weight.outputs) }
        scaled.multiply(by: configuration.residualMultiplier)
        defer { withExtendedLifetime(scaled) {} }
        return try body(scaled.pointer)
    }
}

extension Model {
    /// Covariance over the features of what each head of a block writes, z_h W_O[h], with vectors x: `out[row * ldOut + head]`.
    /// x: [N, D], z: [N, H · d]. `through`: a norm whose gain what heads write is multiplied by. With x centred it is z_h · (W_O[h] x) / D: nothing of the heads' width times D is made.
    package func headCovariances(
        layer: Int, z: UnsafePointer<Float>, with x: UnsafePointer<Float>, rows: Int, through site: NormSite? = nil,
        into out: UnsafeMutablePointer<Double>, ldOut: Int
    ) throws {
        let c = configuration
        let centred = Matrix(rows, c.width)                      // [N, D]
        let seen = Matrix(rows, c.attentionWidth)                // [N, H d]
        ak_centre_rows(rows, c.width, x, centred.pointer)
        if let norm = site.flatMap(norm(at:)) {
            for row in 0..<rows {
                for i in 0..<c.width { centred.pointer[row * c.width + i] *= norm.gain.pointer[i] }
            }
        }
        try blocks[layer].attentionOut.weight.multiplyTransposed(centred.pointer, rows: centred.paddedRows, into: seen.pointer)
        ak_head_products(rows, c.headCount, c.headWidth, z, seen.pointer, c.residualMultiplier / Double(c.width), out, ldOut)
    }

    /// [N, V]: the predictions that hidden vectors [N, D], as they leave the final norm, stand for.
    package func logits(hidden: UnsafeBufferPointer<Float>) throws -> [Float] {
        let (width, vocabulary) = (configuration.width, configuration.vocabularySize)
        let rows = hidden.count / width
        guard let base = hidden.baseAddress else { return [] }
        let logits = Matrix(rows, vocabulary)
        try unembed(base, rows: rows, into: logits)
        return Array(UnsafeBufferPointer(start: logits.pointer, count: rows * vocabulary))
    }
}

extension CheckpointTensors {
    /// Weights counted one by one; what is tied counts once.
    var parameterCount: Int { all.map(\.count).reduce(0, +) }
}
