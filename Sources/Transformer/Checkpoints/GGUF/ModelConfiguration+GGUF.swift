extension ModelConfiguration {
    /// The metadata of a GGUF file of the `llama` architecture (ggml-org/ggml, `docs/gguf.md`). What the metadata leave
    /// out is told by the tensors: biases, an unembedding, the rows of the embedding.
    public init(gguf: GGUF) throws(ConfigurationError) {
        let reader = ConfigurationReader(file: gguf.file, members: gguf.metadata.compactMapValues(JSONValue.init(gguf:)))
        let architecture = try reader.string("general.architecture")
        guard architecture == "llama" else {
            throw reader.error(.unsupported(key: "general.architecture", found: architecture))
        }
        if let experts = reader.optional("llama.expert_count"), experts != .integer(0) {
            throw reader.error(.unsupported(key: "llama.expert_count", found: experts.summary))
        }
        let vocabularySize: Int
        if reader.optional("llama.vocab_size") == nil, let rows = gguf.tensors["token_embd.weight"]?.shape.first, rows > 0 {
            vocabularySize = rows
        } else {
            vocabularySize = try reader.size("llama.vocab_size", limit: Self.rowLimit)
        }
        try self.init(
            llama: reader, keys: .gguf, vocabularySize: vocabularySize,
            unembedding: gguf.tensors["output.weight"] == nil ? .tied : .separate,
            attentionHasBias: gguf.tensors["blk.0.attn_q.bias"] != nil,
            mlpHasBias: gguf.tensors["blk.0.ffn_up.bias"] != nil
        ) { (width) throws(ConfigurationError) in try RotaryEmbedding(gguf, reader, width: width) }
        attentionOutputHasBias = gguf.tensors["blk.0.attn_output.bias"] != nil
    }
}

extension ModelConfiguration.LlamaKeys {
    fileprivate static let gguf = ModelConfiguration.LlamaKeys(
        layers: "llama.block_count", width: "llama.embedding_length", heads: "llama.attention.head_count",
        keyValueHeads: "llama.attention.head_count_kv", headWidth: "llama.attention.key_length",
        inner: "llama.feed_forward_length", context: "llama.context_length",
        epsilon: "llama.attention.layer_norm_rms_epsilon", begin: "tokenizer.ggml.bos_token_id",
        end: "tokenizer.ggml.eos_token_id")
}

extension RotaryEmbedding {
    fileprivate init(_ gguf: GGUF, _ reader: ConfigurationReader, width: Int) throws(ConfigurationError) {
        for key in ["llama.rope.dimension_count", "llama.attention.value_length"] {
            if let found = reader.optional(key), found != .integer(width) {
                throw reader.error(.outOfRange(key: key, found: found.summary, expected: "the width of a head, \(width)"))
            }
        }
        let base = try reader.positive("llama.rope.freq_base", default: 10_000)
        self.init(base: base, width: width, scaling: try Self.scaling(gguf, reader, width: width))
    }

    /// By one factor, or, as converted from Llama 3.1, by one for each frequency in a tensor, or both (llama.cpp,
    /// `llama-model.cpp`: a factor without a type is linear; older files have `rope.scale_linear`).
    private static func scaling(
        _ gguf: GGUF, _ reader: ConfigurationReader, width: Int
    ) throws(ConfigurationError) -> Scaling {
        let key = "llama.rope.scaling.type"
        let kind = reader.optional(key) == nil ? "linear" : try reader.string(key)
        guard kind == "none" || kind == "linear" else { throw reader.error(.unsupported(key: key, found: kind)) }
        if let magnitude = reader.optional("llama.rope.scaling.attn_factor"), magnitude != .integer(1), magnitude != .number(1) {
            throw reader.error(.unsupported(key: "llama.rope.scaling.attn_factor", found: magnitude.summary))
        }
        let factorKey = ["llama.rope.scaling.factor", "llama.rope.scale_linear"].first { reader.optional($0) != nil }
        // 0 stands for none, as in llama.cpp.
        let isZero = factorKey.map { [.integer(0), .number(0)].contains(reader.optional($0)) } ?? true
        let factor = if kind == "linear", let factorKey, !isZero { try reader.positive(factorKey) } else { 1.0 }
        guard gguf.tensors["rope_freqs.weight"] != nil else { return factor == 1 ? .none : .linear(factor: factor) }
        guard let factors = gguf.view("rope_freqs.weight"), factors.count == width / 2,
            case let values = factors.floats().map(Double.init), values.allSatisfy({ $0 > 0 && $0.isFinite })
        else {
            throw reader.error(
                .outOfRange(
                    key: "rope_freqs.weight", found: "a tensor of other values",
                    expected: "\(width / 2) numbers above 0"))
        }
        return .each(values.map { $0 * factor })
    }
}

extension JSONValue {
    /// The same value; an array of whole numbers that are all the same is that number, as `head_count_kv` for each layer, and other
    /// arrays are none.
    fileprivate init?(gguf value: GGUFValue) {
        switch value {
        case .unsigned(let number): self = Int(exactly: number).map(JSONValue.integer) ?? .number(Double(number))
        case .signed(let number): self = .integer(Int(number))
        // The shortest decimal that is this Float: 1e-5 is meant, not 9.999999747378752e-06.
        case .float32(let number): self = .number(Double("\(number)") ?? Double(number))
        case .float64(let number): self = .number(number)
        case .bool(let flag): self = .bool(flag)
        case .string(let bytes): self = .string(String(decoding: bytes, as: UTF8.self))
        case .array(let array):
            guard let numbers = array.wholeNumbers, let first = numbers.first else { return nil }
            // Layers that differ stay a list, which the reader refuses by its key.
            self = numbers.allSatisfy { $0 == first } ? .integer(first) : .array(numbers.map(JSONValue.integer))
        }
    }
}
