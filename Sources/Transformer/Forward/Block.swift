/// One block's parameters.
struct Block: Sendable {
    /// Of the attention's input, or of the sum that its output makes.
    let norm1: Norm
    /// [D, (H + 2 K) d]: q of all heads, k and v of theirs.
    let qkv: Linear
    /// [H d, D]: W_O, the rows of head h beginning at h · head width.
    let attentionOut: Linear
    /// Of the MLP's input, or of the sum that its output makes.
    let norm2: Norm
    /// [D, M]; nil where the MLP has no gate.
    let mlpGate: Linear?
    /// [D, M]
    let mlpIn: Linear
    /// [M, D]
    let mlpOut: Linear
    /// Factor of q·k.
    let attentionScale: Float

    init(_ tensors: CheckpointTensors.Layer, layer: Int, _ configuration: ModelConfiguration) {
        norm1 = Norm(tensors.norm1, configuration)
        qkv = Linear(tensors.attentionInput)
        attentionOut = Linear(tensors.attentionOutput)
        norm2 = Norm(tensors.norm2, configuration)
        mlpGate = tensors.mlpGate.map(Linear.init)
        mlpIn = Linear(tensors.mlpInput)
        mlpOut = Linear(tensors.mlpOutput)
        attentionScale = Float(configuration.attentionScale(layer: layer))
    }
}

extension Linear {
    init(_ tensors: CheckpointTensors.Linear) {
        self.init(weight: Weight(tensors.weight, transposed: tensors.isTransposed), bias: tensors.bias.map(Parameter.init))
    }
}

extension Norm {
    init(_ tensors: CheckpointTensors.Norm, _ configuration: ModelConfiguration) {
        self.init(gain: Parameter(tensors.gain), bias: tensors.bias.map(Parameter.init), epsilon: configuration.epsilon, kind: configuration.normKind)
    }
}
