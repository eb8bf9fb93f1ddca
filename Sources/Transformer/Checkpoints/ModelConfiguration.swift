/// What a model is, as its `config.json` says: sizes, constants and the choices in which architectures differ.
///
/// Every value has been checked; a configuration that exists describes a model that can be built.
public struct ModelConfiguration: Sendable, Equatable {
    /// The families whose configurations and checkpoints this engine reads.
    public enum Architecture: String, Sendable, CaseIterable {
        case gpt2, bert, llama
    }

    /// How a normalization is computed.
    public enum NormKind: String, Sendable {
        /// (x - mean) / sqrt(variance + epsilon) · gain + bias.
        case layerNorm = "layer_norm"
        /// x / sqrt(mean of x² + epsilon) · gain.
        case rmsNorm = "rms_norm"
    }

    /// Where normalizations stand: before each sublayer and after the last, or after each residual sum.
    public enum NormPlacement: String, Sendable {
        case pre, post
    }

    /// How positions enter.
    public enum PositionEmbedding: Sendable, Equatable {
        /// A learned vector added to each token's.
        case learned
        /// A rotation of queries and keys.
        case rotary(RotaryEmbedding)
    }

    /// Which positions a token attends to.
    public enum AttentionMask: String, Sendable {
        /// Itself and those before it.
        case causal
        /// All of its sequence.
        case bidirectional
    }

    /// What stands between the MLP's first and last matrix.
    public enum MLPForm: String, Sendable {
        /// out(f(in(x))).
        case plain
        /// out(f(gate(x)) · in(x)), the product element by element.
        case gated
    }

    /// The matrix that turns the last vectors into predictions.
    public enum Unembedding: String, Sendable {
        /// The token embedding's transpose.
        case tied
        /// One of its own.
        case separate
        /// The model predicts no tokens.
        case none
    }

    /// The family, `model_type`.
    public var architecture: Architecture
    /// Number of blocks.
    public var layerCount: Int
    /// Width of the residual stream, d.
    public var width: Int
    /// Number of attention heads a block.
    public var headCount: Int
    /// Number of heads that keys and values have; it divides `headCount`, and is less where groups of queries share them.
    public var keyValueHeadCount: Int
    /// Width of one head, mostly `width / headCount`.
    public var headWidth: Int
    /// Width of all heads' queries: `headCount · headWidth`.
    public var attentionWidth: Int { headCount * headWidth }
    /// Width of all heads' keys, and of their values: `keyValueHeadCount · headWidth`.
    public var keyValueWidth: Int { keyValueHeadCount * headWidth }
    /// Width of the MLP between its two matrices.
    public var innerWidth: Int
    /// Greatest number of positions.
    public var contextLength: Int
    /// Rows of the token embedding.
    public var vocabularySize: Int
    /// Epsilon of every normalization, added to the variance, or to the mean square in RMSNorm.
    public var epsilon: Double
    /// Rows of the segment embedding (`type_vocab_size`); 0 where the architecture has none.
    public var segmentCount: Int
    /// The MLP's activation function.
    public var activation: ActivationFunction
    /// How normalizations are computed.
    public var normKind: NormKind
    /// Where normalizations stand.
    public var normPlacement: NormPlacement
    /// Whether the sum of embeddings is normalized before the first block.
    public var normalizesEmbeddings: Bool
    /// Whether a normalization follows the last block.
    public var hasFinalNorm: Bool { normPlacement == .pre }
    /// How positions enter.
    public var positionEmbedding: PositionEmbedding
    /// Which positions a token attends to.
    public var attentionMask: AttentionMask
    /// The form of the MLP.
    public var mlpForm: MLPForm
    /// Whether the matrices of attention have biases, the last one apart.
    public var attentionHasBias: Bool
    /// Whether the last matrix of attention has a bias.
    public var attentionOutputHasBias: Bool
    /// Whether the matrices of the MLP have biases.
    public var mlpHasBias: Bool
    /// Whether attention scores are divided by the square root of `headWidth` (`scale_attn_weights`).
    public var scalesAttention: Bool
    /// Whether attention scores are divided by the layer's number, from 1, too (`scale_attn_by_inverse_layer_idx`).
    public var scalesAttentionByLayer: Bool
    /// Where the unembedding comes from.
    public var unembedding: Unembedding
    /// Whether the unembedding is the token embedding's transpose (`tie_word_embeddings`).
    public var tiesEmbeddings: Bool { unembedding == .tied }
    /// The token that begins a text; nil where none is given or it lies outside the vocabulary.
    public var beginToken: Int32?
    /// The token that ends a text; nil where none is given or it lies outside the vocabulary.
    public var endToken: Int32?

    /// The factor of attention scores in block `layer` (from 0).
    public func attentionScale(layer: Int) -> Double {
        var scale = scalesAttention ? 1 / Double(headWidth).squareRoot() : 1
        if scalesAttentionByLayer { scale /= Double(layer + 1) }
        return scale
    }

    /// Parses and checks the text of a `config.json`; `file` names it in messages.
    public init(json: SharedBytes, file: String) throws(ConfigurationError) {
        var reader = try ConfigurationReader(json, file: file)
        let type = try reader.string("model_type")
        reader = reader.withTransformersDefaults(for: type)
        switch Architecture(rawValue: type) {
        case .gpt2: try self.init(gpt2: reader)
        case .bert: try self.init(bert: reader)
        case .llama: try self.init(llama: reader)
        case nil: throw ConfigurationError(file: file, problem: .unsupported(key: "model_type", found: type))
        }
        if try reader.hasOtherHead() { unembedding = .none }
    }

    /// Reads `config.json` in a model's directory.
    public init(directory: String) throws(ConfigurationError) {
        let path = directory + "/config.json"
        let mapped: MappedFile
        do throws(FileError) {
            mapped = try MappedFile(path: path)
        } catch {
            throw ConfigurationError(file: path, problem: .file(error))
        }
        try self.init(json: SharedBytes(mapped), file: path)
    }
}
