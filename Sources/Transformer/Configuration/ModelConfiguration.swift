import Checkpoints

/// What a model is, as its `config.json` says: sizes, constants and the choices in which families differ.
///
/// Every value has been checked; a configuration that exists describes a model that can be built.
public struct ModelConfiguration: Sendable, Equatable {
    public typealias NormKind = NormPlan.Kind

    /// How a model's norms stand as a whole; the values of the database's `models.placement`.
    public enum Placement: String, Sendable {
        /// Before each sublayer.
        case pre
        /// After each residual sum.
        case post
        /// Before and after each sublayer.
        case sandwich
        /// After each sublayer, before its sum.
        case branchPost = "branch_post"
    }

    /// How positions enter.
    public enum PositionEmbedding: Sendable, Equatable {
        /// A learned vector added to each token's.
        case learned
        /// A rotation of queries and keys, in all layers or some; the first of them.
        case rotary(RotaryEmbedding)
        /// A term of the attention scores that falls off with the distance.
        case alibi
        /// Not at all.
        case none

        /// For people.
        public var name: String {
            switch self {
            case .learned: "learned"
            case .rotary: "rotary"
            case .alibi: "ALiBi"
            case .none: "none"
            }
        }
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

    // MARK: Sizes

    /// Width of the residual stream, d.
    public var width: Int
    /// Number of attention heads a block.
    public var headCount: Int
    /// Number of heads that keys and values have; it divides `headCount`, and is less where groups of queries share them.
    public var keyValueHeadCount: Int
    /// Width of one head, mostly `width / headCount`.
    public var headWidth: Int
    /// Width of the MLP between its two matrices.
    public var innerWidth: Int
    /// Greatest number of positions.
    public var contextLength: Int
    /// Rows of the token embedding.
    public var vocabularySize: Int

    // MARK: Embeddings

    /// Width of the token embedding; where it is not `width`, a matrix leads from it to the stream, and one back (OPT).
    public var embeddingWidth: Int
    /// Factor of the token embedding. Gemma's own code rounds it to the activations' type, float32 here.
    public var embeddingMultiplier: Double = 1
    /// Rows of the position embedding before that of position 0; nil where positions are not learned.
    public var positionOffset: Int?
    /// Rows of the segment embedding (`type_vocab_size`); 0 where the architecture has none.
    public var segmentCount = 0
    /// Whether the sum of embeddings is normalized before the first block.
    public var normalizesEmbeddings = false

    // MARK: Blocks

    /// What each block does.
    public var layers: [LayerPlan]
    /// Every norm of the stream and of what sublayers write.
    public var norm: NormPlan
    /// Factor of what each sublayer writes.
    public var residualMultiplier: Double = 1
    /// Whether the matrices of queries, keys and values have biases.
    public var attentionHasBias = false
    /// Whether the matrix of the attention's output has a bias.
    public var attentionOutputHasBias = false
    /// The form of the MLP.
    public var mlpForm = MLPForm.plain
    /// The MLP's activation function.
    public var activation = ActivationFunction.geluErf
    /// Whether the matrices of the MLP have biases.
    public var mlpHasBias = false

    // MARK: Predictions

    /// Whether a normalization follows the last block.
    public var hasFinalNorm = true
    /// Where the unembedding comes from.
    public var unembedding: Unembedding
    public var unembeddingHasBias = false
    /// Factor of the logits.
    public var logitMultiplier: Double = 1
    /// Logits become tanh(logit / cap) · cap.
    public var logitSoftCap: Double?

    /// The token that begins a text; nil where none is given or it lies outside the vocabulary.
    public var beginToken: Int32?
    /// The token that ends a text; nil where none is given or it lies outside the vocabulary.
    public var endToken: Int32?
}

// MARK: What follows

extension ModelConfiguration {
    /// Number of blocks.
    public var layerCount: Int { layers.count }
    /// Width of all heads' queries.
    public var attentionWidth: Int { headCount * headWidth }
    /// Width of all heads' keys, and of their values.
    public var keyValueWidth: Int { keyValueHeadCount * headWidth }
    public var normKind: NormKind { norm.kind }
    /// Epsilon of every normalization.
    public var epsilon: Double { norm.epsilon }
    /// Whether the unembedding is the token embedding's transpose (`tie_word_embeddings`).
    public var tiesEmbeddings: Bool { unembedding == .tied }
    /// Which positions a token attends to; windows aside, all layers have one.
    public var attentionMask: AttentionPlan.Mask { layers.first?.attention.mask ?? .causal }

    /// How the norms stand.
    public var normPlacement: Placement {
        let found = Set(layers.flatMap { $0.norms.map(\.placement) })
        if found.contains(.post) { return .post }
        guard found.contains(.branchPost) else { return .pre }
        return found.contains(.pre) ? .sandwich : .branchPost
    }

    /// How positions enter.
    public var positionEmbedding: PositionEmbedding {
        if positionOffset != nil { return .learned }
        for layer in layers {
            switch layer.attention.positions {
            case .rotary(let rotary): return .rotary(rotary)
            case .alibi: return .alibi
            case .none: continue
            }
        }
        return .none
    }

    /// The norm at one of the model's sites.
    public func norm(at site: NormSite) -> NormPlan {
        guard site.isOfQueriesOrKeys, let layer = site.layer, let norm = layers[layer].attention.queryKeyNorm?.norm else {
            return norm
        }
        return norm
    }

    /// How many vectors of one token a site normalizes, each on its own: 1 but for norms of queries and keys by head.
    public func headCount(at site: NormSite) -> Int {
        guard site.isOfQueriesOrKeys, let layer = site.layer, layers[layer].attention.queryKeyNorm?.isByHead == true
        else { return 1 }
        return site.role == .qNorm ? headCount : keyValueHeadCount
    }

    /// The features of each of them.
    public func width(at site: NormSite) -> Int {
        switch site.role {
        case .qNorm: attentionWidth / headCount(at: site)
        case .kNorm: keyValueWidth / headCount(at: site)
        default: width
        }
    }
}

// MARK: Reading it

extension ModelConfiguration {
    /// Parses and checks the text of a `config.json`; `file` names it in messages.
    public init(json: SharedBytes, file: String) throws(ConfigurationError) {
        var reader = try ConfigurationReader(json, file: file)
        let type = try reader.string("model_type")
        guard let architecture = Architecture(rawValue: type) else {
            throw ConfigurationError(file: file, problem: .unsupported(key: "model_type", found: type))
        }
        reader = reader.withTransformersDefaults(for: type)
        self = try architecture.family.read(reader)
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
