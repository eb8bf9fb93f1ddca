/// A transformer that can run: its configuration, its parameters in place, and its tokenizer.
public struct Model: Sendable {
    /// As it was asked for: a name, or the last part of a directory's path.
    public let name: String
    /// Where it came from: a directory, or `embedded`.
    public let source: String
    public let configuration: ModelConfiguration
    public let tokenizer: (any Tokenizer)?
    /// Names in the checkpoint that the model has no use for and does not know.
    public let unknownTensors: [String]
    /// Weights counted one by one; a tied unembedding counts once.
    public let parameterCount: Int

    let tokenEmbedding: TensorView      // wte [V, D]
    let positionEmbedding: TensorView?  // wpe [T, D], where positions are learned
    let segmentEmbedding: TensorView?   // [segments, D]
    let embeddingNorm: Norm?
    let rotation: RotaryTable?          // where positions are rotary
    let blocks: [Block]
    let finalNorm: Norm?
    let unembedding: Weight?            // lm_head [V, D], or wte; nil where nothing is predicted
    let checkpoint: Checkpoint
    let configurationBytes: SharedBytes
    let weightsDigest = Memo<String?>()
    let fingerprintDigest = Memo<String?>()

    init(
        name: String, source: String, configuration bytes: SharedBytes, checkpoint: Checkpoint, tokenizer: (any Tokenizer)?
    ) throws(ModelError) {
        let configuration: ModelConfiguration
        do throws(ConfigurationError) {
            configuration = try ModelConfiguration(json: bytes, file: source + "/config.json")
        } catch { throw .configuration(error) }
        try self.init(
            name: name, source: source, configuration: configuration, configurationBytes: bytes, checkpoint: checkpoint,
            tokenizer: tokenizer)
    }

    /// `configurationBytes` are what the configuration was read from, for the fingerprint.
    init(
        name: String, source: String, configuration: ModelConfiguration, configurationBytes: SharedBytes,
        checkpoint: Checkpoint, tokenizer: (any Tokenizer)?
    ) throws(ModelError) {
        let tensors: CheckpointTensors
        do throws(CheckpointError) {
            tensors = try CheckpointTensors(checkpoint, configuration: configuration)
        } catch { throw .checkpoint(error) }
        if let tokenizer, tokenizer.vocabularySize > configuration.vocabularySize {
            throw .vocabulary(tokenizer: tokenizer.vocabularySize, embedding: configuration.vocabularySize, source: source)
        }
        self.name = name
        self.source = source
        self.configuration = configuration
        self.tokenizer = tokenizer
        self.checkpoint = checkpoint
        self.configurationBytes = configurationBytes
        unknownTensors = tensors.unknownNames
        tokenEmbedding = tensors.tokenEmbedding
        positionEmbedding = tensors.positionEmbedding
        segmentEmbedding = tensors.segmentEmbedding
        embeddingNorm = tensors.embeddingNorm.map { Norm($0, configuration) }
        rotation = if case .rotary(let rotary) = configuration.positionEmbedding { RotaryTable(rotary) } else { nil }
        blocks = tensors.layers.enumerated().map { Block($1, layer: $0, configuration) }
        finalNorm = tensors.finalNorm.map { Norm($0, configuration) }
        unembedding =
            configuration.unembedding == .none ? nil : Weight(tensors.unembedding ?? tensors.tokenEmbedding, transposed: true)
        parameterCount = tensors.parameterCount
    }

    /// Every normalization site, in the order of the data: the index is the depth.
    public var sites: [NormSite] { configuration.sites }

    /// Every hook point, in the order of the forward pass.
    public var hookPoints: [HookPoint] { configuration.hookPoints }

    /// The token ids of a text; special tokens in it are read as text.
    public func encode(_ text: String) throws(ModelError) -> [Int32] {
        guard let tokenizer else { throw .noTokenizer(model: name) }
        return tokenizer.encode(text)
    }

    /// Runs the model with nobody looking.
    public func forward(_ batch: Batch) throws {
        try forward(batch, observer: NoObserver())
    }
}

/// Why a model could not be loaded.
public enum ModelError: Error, CustomStringConvertible {
    case notFound(name: String, known: [String])
    /// A sample that `make samples` has not fetched yet.
    case sampleNotThere(SampleModel)
    case file(FileError)
    case configuration(ConfigurationError)
    case checkpoint(CheckpointError)
    case tokenizer(TokenizerLoadError)
    case noTokenizer(model: String)
    case vocabulary(tokenizer: Int, embedding: Int, source: String)

    public var description: String {
        switch self {
        case .notFound(let name, let known):
            "no model '\(name)': it is neither a directory nor one of \(known.joined(separator: ", "))"
        case .sampleNotThere(let sample):
            "the sample model '\(sample.rawValue)' is not in \(sample.directory); get it with 'make samples'"
        case .file(let error): error.description
        case .configuration(let error): error.description
        case .checkpoint(let error): error.description
        case .tokenizer(let error): error.description
        case .noTokenizer(let model): "\(model) has no tokenizer; give token ids"
        case .vocabulary(let tokenizer, let embedding, let source):
            "\(source): the tokenizer has \(tokenizer) ids, the embedding \(embedding) rows"
        }
    }
}
