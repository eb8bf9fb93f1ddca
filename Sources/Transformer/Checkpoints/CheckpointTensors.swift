/// The tensors of a model, found and checked against its configuration, each in place in the checkpoint.
/// D: width, A: width of all queries, K: width of all keys, H: inner width, T: context length, V: vocabulary size.
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

    /// What makes queries, keys and values of a block's input.
    public enum QueryKeyValue: Sendable {
        /// One matrix, D to A + 2K, for all three side by side.
        case fused(Linear)
        /// A matrix for each: D to A, D to K, D to K; all are [out, in].
        case separate(query: Linear, key: Linear, value: Linear)
    }

    /// One block.
    public struct Layer: Sendable {
        /// Before attention where norms stand before sublayers (`ln_1`), else after its residual sum.
        public let norm1: Norm
        /// D to the queries, keys and values of all heads.
        public let queryKeyValue: QueryKeyValue
        /// A to D: from all heads' z to the residual stream.
        public let attentionOutput: Linear
        /// Before the MLP where norms stand before sublayers (`ln_2`), else after its residual sum.
        public let norm2: Norm
        /// D to H, through the activation function; nil where the MLP has no gate.
        public let mlpGate: Linear?
        /// D to H: `mlp.c_fc`, or the matrix beside the gate.
        public let mlpInput: Linear
        /// H to D.
        public let mlpOutput: Linear

        /// D to A + 2K: the queries, keys and values of all heads side by side, stacked where they are stored apart.
        public var attentionInput: Linear { queryKeyValue.linear }
    }

    /// [V, D].
    public let tokenEmbedding: TensorView
    /// [T, D]; nil where positions are not learned.
    public let positionEmbedding: TensorView?
    /// [segments, D]; nil where the architecture has none.
    public let segmentEmbedding: TensorView?
    /// Of the sum of embeddings; nil where the architecture has none.
    public let embeddingNorm: Norm?
    /// The blocks, first to last.
    public let layers: [Layer]
    /// After the last block; nil where norms follow each residual sum.
    public let finalNorm: Norm?
    /// [V, D], also where the configuration ties it and the file has another; nil where it is tied to `tokenEmbedding`, or the model predicts nothing.
    public let unembedding: TensorView?
    /// Names that the checkpoint holds and the model does not need nor know, sorted: something to warn about.
    public let unknownNames: [String]

    /// Finds the tensors of the configured architecture. Missing tensors are reported all at once.
    public init(_ checkpoint: Checkpoint, configuration c: ModelConfiguration) throws(CheckpointError) {
        let names = TensorNames(c.architecture, checkpoint.naming)
        var finder = TensorFinder(checkpoint, names)
        let d = c.width
        tokenEmbedding = finder.view(names.tokenEmbedding, [c.vocabularySize, d])
        positionEmbedding = names.positionEmbedding.map { finder.view($0, [c.contextLength, d]) }
        segmentEmbedding = names.segmentEmbedding.map { finder.view($0, [c.segmentCount, d]) }
        embeddingNorm = c.normalizesEmbeddings ? names.embeddingNorm.map { finder.norm($0, d, c.normKind) } : nil
        layers = (0..<c.layerCount).map { finder.layer($0, c) }
        finalNorm = c.hasFinalNorm ? names.finalNorm.map { finder.norm($0, d, c.normKind) } : nil
        var own = c.unembedding == .separate ? finder.view(unprefixed: names.unembedding, [c.vocabularySize, d]) : nil
        if c.unembedding == .tied, checkpoint.contains(names.unembedding + ".weight") {
            // transformers 5 ties only what is the same: another matrix in the file is the model's own.
            let found = finder.view(unprefixed: names.unembedding, [c.vocabularySize, d])
            if !found.hasSameValues(as: tokenEmbedding) { own = found }
        }
        unembedding = own
        unknownNames = try finder.finish()
    }

    /// Every tensor, once.
    public var all: [TensorView] {
        func parts(_ norm: Norm?) -> [TensorView] { norm.map { [$0.gain] + ($0.bias.map { [$0] } ?? []) } ?? [] }
        func parts(_ linear: Linear?) -> [TensorView] { linear.map { [$0.weight] + ($0.bias.map { [$0] } ?? []) } ?? [] }
        var all = [tokenEmbedding] + [positionEmbedding, segmentEmbedding].compactMap(\.self) + parts(embeddingNorm)
        for layer in layers {
            all += parts(layer.norm1)
            switch layer.queryKeyValue {
            case .fused(let linear): all += parts(linear)
            case .separate(let query, let key, let value): all += parts(query) + parts(key) + parts(value)
            }
            all += parts(layer.attentionOutput) + parts(layer.norm2)
            all += parts(layer.mlpGate) + parts(layer.mlpInput) + parts(layer.mlpOutput)
        }
        return all + parts(finalNorm) + [unembedding].compactMap(\.self)
    }
}

extension CheckpointTensors.QueryKeyValue {
    /// All three as one matrix; where they are stored apart, a view of them stacked.
    public var linear: CheckpointTensors.Linear {
        switch self {
        case .fused(let linear): return linear
        case .separate(let query, let key, let value):
            let biases = [query, key, value].compactMap(\.bias)
            return CheckpointTensors.Linear(
                weight: TensorView(stacking: query.weight, [key.weight, value.weight]),
                bias: biases.count == 3 ? TensorView(stacking: biases[0], Array(biases[1...])) : nil,
                isTransposed: true)
        }
    }
}
