/// One block: what it does, and its parameters.
struct Block: Sendable {
    let plan: LayerPlan
    let norms: [NormSite.Role: Norm]
    /// [D, (H + 2 K) d]: q of all heads, k and v of theirs.
    let qkv: Linear
    /// [H d, D]: W_O, the rows of head h beginning at h · head width.
    let attentionOut: Linear
    /// Where positions are rotary.
    let rotation: RotaryTable?
    /// [H], where positions are ALiBi's.
    let alibiSlopes: [Float]
    /// [D, M]; nil where the MLP has no gate.
    let mlpGate: Linear?
    /// [D, M]
    let mlpIn: Linear
    /// [M, D]
    let mlpOut: Linear

    init(_ tensors: CheckpointTensors.Layer, layer: Int, _ c: ModelConfiguration, rotations: [RotaryEmbedding: RotaryTable]) {
        plan = c.layers[layer]
        var norms: [NormSite.Role: Norm] = [:]
        for (role, norm) in tensors.norms { norms[role] = Norm(norm, at: .block(layer, role), c) }
        self.norms = norms
        qkv = Linear(tensors.attentionInput)
        attentionOut = Linear(tensors.attentionOutput)
        rotation = if case .rotary(let rotary) = plan.attention.positions { rotations[rotary] } else { nil }
        alibiSlopes = plan.attention.positions == .alibi ? AttentionPlan.alibiSlopes(heads: c.headCount) : []
        mlpGate = tensors.mlpGate.map(Linear.init)
        mlpIn = Linear(tensors.mlpInput)
        mlpOut = Linear(tensors.mlpOutput)
    }
}

extension Linear {
    init(_ tensors: CheckpointTensors.Linear) {
        self.init(weight: Weight(tensors.weight, transposed: tensors.isTransposed), bias: tensors.bias.map(Parameter.init))
    }
}

extension Norm {
    init(_ tensors: CheckpointTensors.Norm, at site: NormSite, _ c: ModelConfiguration) {
        self.init(gain: tensors.gain.map(Parameter.init), bias: tensors.bias.map(Parameter.init), plan: c.norm(at: site))
    }
}
