import Checkpoints
import Tokenizers

/// A transformer that can run: its configuration, its parameters in place, and its tokenizer.
public struct Model: Sendable {
    /// As it was asked for: a name, or the last part of a directory's path.
    public let name: String
    /// Where it came from: a directory, or `embedded`.
    public let source: String
    public let configuration: ModelConfiguration
    public let tokenizer: (any Tokenizer)?
    /// Why there is a tokenizer's file and no `tokenizer`; token ids still run.
    public internal(set) var tokenizerFault: TokenizerLoadError?
    /// Names in the checkpoint that the model has no use for and does not know.
    public let unknownTensors: [String]
    /// Weights counted one by one; a tied unembedding counts once.
    public let parameterCount: Int
    /// Every normalization site, in the order of the data: the index is the depth.
    public let sites: [NormSite]

    let tokenEmbedding: TensorView  // wte [V, E], E being D but in a few models
    let positionEmbedding: TensorView?  // wpe [positions, D], where positions are learned
    let segmentEmbedding: TensorView?  // [segments, D]
    let embeddingNorm: Norm?
    let projectionIn: Linear?  // [E, D], where the token embedding is not as wide as the stream
    let blocks: [Block]
    let finalNorm: Norm?
    let projectionOut: Linear?  // [D, E]
    let unembedding: Weight?  // lm_head [V, E], or wte; nil where nothing is predicted
    let unembeddingBias: Parameter?  // [V]
    private let depths: [NormSite: Int]
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
        self.name = name
        self.source = source
        var configuration = configuration
        if configuration.unembedding == .tied, tensors.unembedding != nil { configuration.unembedding = .separate }
        self.configuration = configuration
        self.tokenizer = tokenizer
        self.checkpoint = checkpoint
        self.configurationBytes = configurationBytes
        unknownTensors = tensors.unknownNames
        tokenEmbedding = tensors.tokenEmbedding
        positionEmbedding = tensors.positionEmbedding
        segmentEmbedding = tensors.segmentEmbedding
        projectionIn = tensors.projectionIn.map(Linear.init)
        embeddingNorm = tensors.embeddingNorm.map { Norm($0, at: .embed, configuration) }
        // One table for all layers that turn by the same angles.
        var rotations: [RotaryEmbedding: RotaryTable] = [:]
        for case .rotary(let rotary) in configuration.layers.map(\.attention.positions) where rotations[rotary] == nil {
            rotations[rotary] = RotaryTable(rotary)
        }
        blocks = tensors.layers.enumerated().map { Block($1, layer: $0, configuration, rotations: rotations) }
        finalNorm = tensors.finalNorm.map { Norm($0, at: .final, configuration) }
        projectionOut = tensors.projectionOut.map(Linear.init)
        unembeddingBias = tensors.unembeddingBias.map(Parameter.init)
        sites = configuration.sites
        depths = Dictionary(uniqueKeysWithValues: sites.enumerated().map { ($1, $0) })
        unembedding =
            configuration.unembedding == .none ? nil : Weight(tensors.unembedding ?? tensors.tokenEmbedding, transposed: true)
        parameterCount = tensors.parameterCount
    }

    /// The site's place along the way of the data, from 0.
    public func depth(of site: NormSite) -> Int { depths[site] ?? 0 }

    /// Every hook point, in the order of the forward pass.
    public var hookPoints: [HookPoint] { configuration.hookPoints }

    /// The token ids of a text; special tokens in it are read as text.
    public func encode(_ text: String) throws(ModelError) -> [Int32] {
        guard let tokenizer else { throw .noTokenizer(model: name, fault: tokenizerFault) }
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
    /// A directory without `config.json`, and with no GGUF file or several.
    case noConfiguration(directory: String, ggufFiles: [String])
    case configuration(ConfigurationError)
    case checkpoint(CheckpointError)
    case tokenizer(TokenizerLoadError)
    /// The model has no tokenizer, or one that cannot be read, for the reason given.
    case noTokenizer(model: String, fault: TokenizerLoadError? = nil)

    public var description: String {
        switch self {
        case .notFound(let name, let known):
            "no model '\(name)': it is neither a directory nor one of \(known.joined(separator: ", "))"
        case .sampleNotThere(let sample):
            "the sample model '\(sample.rawValue)' is not in \(sample.directory); get it with 'make samples'"
        case .file(let error): error.description
        case .noConfiguration(let directory, let files):
            files.isEmpty
                ? "\(directory) has no config.json; give a directory as transformers' save_pretrained writes it, or a GGUF file"
                : "\(directory) has \(files.count) GGUF files; give one of them: \(files.prefix(8).joined(separator: ", "))"
        case .configuration(let error): error.description
        case .checkpoint(let error): error.description
        case .tokenizer(let error): error.description
        case .noTokenizer(let model, nil):
            "\(model) has no tokenizer (\(TokenizerLoadError.expectedFiles) beside its weights, or one inside a GGUF file); give token ids"
        case .noTokenizer(_, let fault?): "\(fault); give token ids"
        }
    }
}
