/// The tensors of a model, found and checked against its configuration, each in place in the checkpoint.
/// D: width, H: inner width, T: context length, V: vocabulary size.
public struct CheckpointTensors: Sendable {
    /// Learned gain and bias of a normalization, [D] each.
    public struct Norm: Sendable {
        public let gain: TensorView
        /// Nil where the architecture has none (RMSNorm).
        public let bias: TensorView?
    }

    /// A matrix and bias: y = x·weight + bias with `weight` [in, out], or [out, in] where `isTransposed`.
    public struct Linear: Sendable {
        public let weight: TensorView
        /// Nil where the architecture has none.
        public let bias: TensorView?
        /// False for GPT-2's Conv1D ([in, out]), true for PyTorch's Linear ([out, in]).
        public let isTransposed: Bool
    }

    /// One block.
    public struct Layer: Sendable {
        /// `ln_1`: before attention.
        public let norm1: Norm
        /// `attn.c_attn`: D to 3D, the queries, keys and values of all heads side by side.
        public let attentionInput: Linear
        /// `attn.c_proj`: D to D, from all heads' z to the residual stream.
        public let attentionOutput: Linear
        /// `ln_2`: before the MLP.
        public let norm2: Norm
        /// `mlp.c_fc`: D to H.
        public let mlpInput: Linear
        /// `mlp.c_proj`: H to D.
        public let mlpOutput: Linear
    }

    /// `wte` [V, D].
    public let tokenEmbedding: TensorView
    /// `wpe` [T, D].
    public let positionEmbedding: TensorView
    /// The blocks, first to last.
    public let layers: [Layer]
    /// `ln_f`: after the last block.
    public let finalNorm: Norm
    /// `lm_head` [V, D]; nil where it is tied to `tokenEmbedding`.
    public let unembedding: TensorView?
    /// Names that the checkpoint holds and the model does not need nor know, sorted: something to warn about.
    public let unknownNames: [String]

    /// Finds the tensors of the configured architecture. Missing tensors are reported all at once.
    public init(_ checkpoint: Checkpoint, configuration: ModelConfiguration) throws(CheckpointError) {
        switch configuration.architecture {
        case .gpt2: try self.init(gpt2: checkpoint, configuration: configuration)
        }
    }
}
