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
        let c = configuration
        let centred = Matrix(rows, c.width)  // [N, D]
        let seen = Matrix(rows, c.attentionWidth)  // [N, H d]
        ak_centre_rows(rows, c.width, x, centred.pointer)
        if let norm = site.flatMap(norm(at:)) {
            let gains = norm.gains(width: c.width)
            for row in 0..<rows {
                for i in 0..<c.width { centred.pointer[row * c.width + i] *= gains[i] }
            }
        }
        blocks[layer].attentionOut.weight.multiplyTransposed(centred.pointer, rows: rows, into: seen.pointer)
        ak_head_products(rows, c.headCount, c.headWidth, z, seen.pointer, c.residualMultiplier / Double(c.width), out, ldOut)
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
