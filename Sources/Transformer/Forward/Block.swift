/// One block's parameters.
struct Block: Sendable {
    let norm1: Norm
    /// [D, 3 D]: q, k and v of all heads.
    let qkv: Linear
    /// [D, D]: W_O, the rows of head h beginning at h · head width.
    let attentionOut: Linear
    let norm2: Norm
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
        self.init(gain: Parameter(tensors.gain), bias: tensors.bias.map(Parameter.init), epsilon: configuration.epsilon)
    }
}
