import Checkpoints
import HookPoints

/// The tensors of a model, found and checked against its configuration, each in place in the checkpoint.
/// D: width, A: width of all queries, K: width of all keys, H: inner width, T: context length, V: vocabulary size.
public struct CheckpointTensors: Sendable {
    /// Learned weight and bias of a normalization, [D] each; of queries and keys [width of a head], [heads, width of a head]
    /// or [all heads' width].
    public struct Norm: Sendable {
        /// What is stored; the gain is this and the family's offset. Nil where the family has none (OLMo).
        public let gain: TensorView?
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
        /// The block's norms by what they do in it.
        public let norms: [NormSite.Role: Norm]
        /// D to the queries, keys and values of all heads.
        public let queryKeyValue: QueryKeyValue
        /// A to D: from all heads' z to the residual stream.
        public let attentionOutput: Linear
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
    /// [D, width of the embedding], and back: nil where the embedding is as wide as the stream.
    public let projectionIn: Linear?
    public let projectionOut: Linear?
    /// The blocks, first to last.
    public let layers: [Layer]
    /// After the last block; nil where norms follow each residual sum.
    public let finalNorm: Norm?
    /// [V, D], also where the configuration ties it and the file has another; nil where it is tied to `tokenEmbedding`, or the model predicts nothing.
    public let unembedding: TensorView?
    /// [V]; nil where the architecture has none.
    public let unembeddingBias: TensorView?
    /// Names that the checkpoint holds and the model does not need nor know, sorted: something to warn about.
    public let unknownNames: [String]

    /// Finds the tensors of the configured architecture. Missing tensors are reported all at once.
    public init(_ checkpoint: Checkpoint, configuration c: ModelConfiguration) throws(CheckpointError) {
        var names = checkpoint.naming == .gguf ? c.architecture.ggufNames : c.architecture.family.names
        if let other = names.otherUnembedding, checkpoint.contains(other + ".weight") { names.unembedding = other }
        var finder = TensorFinder(checkpoint, names)
        let (d, e) = (c.width, c.embeddingWidth)
        tokenEmbedding = finder.view(names.tokenEmbedding, [c.vocabularySize, e])
        positionEmbedding = c.positionOffset.flatMap { offset in
            names.positionEmbedding.map { finder.view($0, [c.contextLength + offset, d]) }
        }
        segmentEmbedding = c.segmentCount > 0 ? names.segmentEmbedding.map { finder.view($0, [c.segmentCount, d]) } : nil
        embeddingNorm = c.normalizesEmbeddings ? names.embeddingNorm.map { finder.norm($0, d, c.norm) } : nil
        projectionIn = e != d ? names.projectionIn.map { finder.linear($0, from: e, to: d, bias: false) } : nil
        layers = (0..<c.layerCount).map { finder.layer($0, c) }
        finalNorm = c.hasFinalNorm ? names.finalNorm.map { finder.norm($0, d, c.norm) } : nil
        projectionOut = e != d ? names.projectionOut.map { finder.linear($0, from: d, to: e, bias: false) } : nil
        var own = c.unembedding == .separate ? finder.view(unprefixed: names.unembedding, [c.vocabularySize, e]) : nil
        if c.unembedding == .tied, checkpoint.contains(names.unembedding + ".weight") {
            // transformers 5 ties only what is the same: another matrix in the file is the model's own.
            let found = finder.view(unprefixed: names.unembedding, [c.vocabularySize, e])
            if !found.hasSameValues(as: tokenEmbedding) { own = found }
        }
        unembedding = own
        unembeddingBias =
            c.unembeddingHasBias && c.unembedding != .none
            ? finder.view(unprefixed: names.unembedding, part: "bias", [c.vocabularySize]) : nil
        unknownNames = try finder.finish()
    }

    /// Every tensor, once.
    public var all: [TensorView] {
        func parts(_ norm: Norm?) -> [TensorView] { [norm?.gain, norm?.bias].compactMap(\.self) }
        func parts(_ linear: Linear?) -> [TensorView] { linear.map { [$0.weight] + ($0.bias.map { [$0] } ?? []) } ?? [] }
        var all = [tokenEmbedding] + [positionEmbedding, segmentEmbedding].compactMap(\.self) + parts(embeddingNorm)
        for layer in layers {
            for (_, norm) in layer.norms.sorted(by: { $0.key.rawValue < $1.key.rawValue }) { all += parts(norm) }
            switch layer.queryKeyValue {
            case .fused(let linear): all += parts(linear)
            case .separate(let query, let key, let value): all += parts(query) + parts(key) + parts(value)
            }
            all += parts(layer.attentionOutput)
            all += parts(layer.mlpGate) + parts(layer.mlpInput) + parts(layer.mlpOutput)
        }
        return all + parts(projectionIn) + parts(projectionOut) + parts(finalNorm)
            + [unembedding, unembeddingBias].compactMap(\.self)
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
