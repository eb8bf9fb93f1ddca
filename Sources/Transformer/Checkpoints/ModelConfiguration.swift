/// What a model is, as its `config.json` says: sizes, constants and the choices in which architectures differ.
///
/// Every value has been checked; a configuration that exists describes a model that can be built.
public struct ModelConfiguration: Sendable, Equatable {
    /// The families this engine runs.
    public enum Architecture: String, Sendable, CaseIterable {
        case gpt2
    }

    /// How a normalization is computed.
    public enum NormKind: String, Sendable {
        case layerNorm = "layer_norm"
        case rmsNorm = "rms_norm"
    }

    /// Where normalizations stand: before each sublayer, or after the residual sum.
    public enum NormPlacement: String, Sendable {
        case pre, post
    }

    /// How positions enter: a learned vector added to each token's.
    public enum PositionEmbedding: String, Sendable {
        case learned
    }

    /// The family, `model_type`.
    public var architecture: Architecture
    /// Number of blocks.
    public var layerCount: Int
    /// Width of the residual stream, d.
    public var width: Int
    /// Number of attention heads a block.
    public var headCount: Int
    /// Width of one head: `width / headCount`.
    public var headWidth: Int { width / headCount }
    /// Width of the MLP between its two matrices.
    public var innerWidth: Int
    /// Greatest number of positions.
    public var contextLength: Int
    /// Rows of the token embedding.
    public var vocabularySize: Int
    /// Epsilon of every normalization, added to the variance.
    public var epsilon: Double
    /// The MLP's activation function.
    public var activation: ActivationFunction
    /// How normalizations are computed.
    public var normKind: NormKind
    /// Where normalizations stand.
    public var normPlacement: NormPlacement
    /// How positions enter.
    public var positionEmbedding: PositionEmbedding
    /// Whether attention scores are divided by the square root of `headWidth` (`scale_attn_weights`).
    public var scalesAttention: Bool
    /// Whether attention scores are divided by the layer's number, from 1, too (`scale_attn_by_inverse_layer_idx`).
    public var scalesAttentionByLayer: Bool
    /// Whether the unembedding is the token embedding's transpose (`tie_word_embeddings`).
    public var tiesEmbeddings: Bool
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
        let reader = try ConfigurationReader(json, file: file)
        let type = try reader.string("model_type")
        switch Architecture(rawValue: type) {
        case .gpt2: try self.init(gpt2: reader)
        case nil: throw ConfigurationError(file: file, problem: .unsupported(key: "model_type", found: type))
        }
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

    /// The keys of transformers' `GPT2Config`.
    private init(gpt2 reader: ConfigurationReader) throws(ConfigurationError) {
        architecture = .gpt2
        normKind = .layerNorm
        normPlacement = .pre
        positionEmbedding = .learned
        layerCount = try reader.size("n_layer", limit: 4096)
        width = try reader.size("n_embd", limit: 1 << 20)
        headCount = try reader.size("n_head", limit: 1 << 16)
        guard width.isMultiple(of: headCount) else {
            throw reader.error(.headsDoNotDivideWidth(heads: headCount, width: width))
        }
        innerWidth = try reader.optional("n_inner") == nil ? 4 * width : reader.size("n_inner", limit: 1 << 24)
        contextLength = try reader.size("n_positions", limit: 1 << 24)
        vocabularySize = try reader.size("vocab_size", limit: 1 << 24)
        epsilon = try reader.epsilon("layer_norm_epsilon")
        activation = try reader.activation("activation_function", default: .geluTanh)
        scalesAttention = try reader.bool("scale_attn_weights", default: true)
        scalesAttentionByLayer = try reader.bool("scale_attn_by_inverse_layer_idx", default: false)
        tiesEmbeddings = try reader.bool("tie_word_embeddings", default: true)
        beginToken = try reader.token("bos_token_id", vocabularySize: vocabularySize)
        endToken = try reader.token("eos_token_id", vocabularySize: vocabularySize)
        if try reader.bool("add_cross_attention", default: false) {
            throw reader.error(.unsupported(key: "add_cross_attention", found: "true"))
        }
    }
}
