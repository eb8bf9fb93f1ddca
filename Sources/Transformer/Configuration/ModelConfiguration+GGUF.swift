import Checkpoints

extension ModelConfiguration {
    /// The metadata of a GGUF file (ggml-org/ggml, `docs/gguf.md`). What they leave out is told by the tensors (biases, an
    /// unembedding, the rows of the embedding), or fixed in llama.cpp, as it is here.
    public init(gguf: GGUF) throws(ConfigurationError) {
        var members = gguf.metadata.compactMapValues(JSONValue.init(gguf:))
        let kind = try ConfigurationReader(file: gguf.file, members: members).string("general.architecture")
        guard let architecture = Architecture.allCases.first(where: { $0.ggufName == kind }) else {
            throw ConfigurationError(file: gguf.file, problem: .unsupported(key: "general.architecture", found: kind))
        }
        members["tie_word_embeddings"] = .bool(gguf.tensors["output.weight"] == nil)
        members["attention_bias"] = .bool(gguf.tensors["blk.0.attn_q.bias"] != nil)
        members["mlp_bias"] = .bool(gguf.tensors["blk.0.ffn_up.bias"] != nil)
        if members[kind + ".vocab_size"] == nil, let rows = gguf.tensors["token_embd.weight"]?.shape.first, rows > 0 {
            members[kind + ".vocab_size"] = .integer(rows)
        }
        let reader = ConfigurationReader(file: gguf.file, members: members, names: Self.ggufNames(kind))
        self = try architecture.family.read(reader)
        attentionOutputHasBias = gguf.tensors["blk.0.attn_output.bias"] != nil
        for tensor in ["rope_factors_long.weight", "rope_factors_short.weight"] where gguf.tensors[tensor] != nil {
            throw reader.error(.unsupported(key: tensor, found: "of a long context"))
        }
        if architecture == .gemma2 || architecture == .gemma3 { setGemma(blocks: layerCount) }
        for index in layers.indices {
            guard case .rotary(var rotary) = layers[index].attention.positions else { continue }
            try rotary.read(reader, kind, headWidth: headWidth, isPartial: architecture == .phi3)
            // Gemma 3 scales those of the layers without a window only.
            if architecture != .gemma3 || layers[index].attention.window == nil {
                rotary.scaling = try RotaryEmbedding.scaling(gguf, reader, kind, width: rotary.width)
            }
            layers[index].attention.positions = .rotary(rotary)
        }
    }

    /// The weights of Gemma's norms are converted with the 1 in them, and the factor of its scores is fixed by the size: by the
    /// width of a head, in the 27B models (46 and 62 blocks) by width / heads.
    private mutating func setGemma(blocks: Int) {
        norm.weightOffset = 0
        let scalar = blocks == 46 || blocks == 62 ? Double(width) / Double(headCount) : Double(headWidth)
        setAttention {
            $0.scale = 1 / scalar.squareRoot()
            $0.queryKeyNorm?.norm.weightOffset = 0
        }
    }

    /// What GGUF calls the keys of `config.json`.
    private static func ggufNames(_ kind: String) -> [String: String] {
        let own = [
            "num_hidden_layers": "block_count", "hidden_size": "embedding_length", "num_attention_heads": "attention.head_count",
            "num_key_value_heads": "attention.head_count_kv", "head_dim": "attention.key_length",
            "intermediate_size": "feed_forward_length", "max_position_embeddings": "context_length",
            "rms_norm_eps": "attention.layer_norm_rms_epsilon", "rope_theta": "rope.freq_base", "vocab_size": "vocab_size",
            "expert_count": "expert_count", "sliding_window": "attention.sliding_window",
            "attn_logit_softcapping": "attn_logit_softcapping", "final_logit_softcapping": "final_logit_softcapping",
        ]
        return own.mapValues { "\(kind).\($0)" }.merging(
            ["bos_token_id": "tokenizer.ggml.bos_token_id", "eos_token_id": "tokenizer.ggml.eos_token_id"]) { $1 }
    }
}

extension ModelConfiguration.Architecture {
    /// llama.cpp's name for it, `general.architecture`; nil for those whose GGUF files are not read. A Mistral is a Llama there.
    package var ggufName: String? {
        switch self {
        case .llama, .qwen2, .qwen3, .gemma2, .phi3: rawValue
        case .gemma3: "gemma3"
        default: nil
        }
    }

    /// What llama.cpp calls its tensors (`gguf-py/gguf/tensor_mapping.py`).
    var ggufNames: TensorNames {
        var names = TensorNames.llamaGGUF
        switch self {
        case .gemma2, .gemma3:
            names.norms[.ln1Post] = "post_attention_norm"
            names.norms[.ln2Post] = "post_ffw_norm"
        case .phi3:
            names.queryKeyValue = .fused("attn_qkv")
            names.mlpGate = names.mlpInput
        default: break
        }
        return names
    }
}

extension RotaryEmbedding {
    /// How many features are turned: where they may be a part of a head, so many; else they must be all.
    fileprivate mutating func read(
        _ reader: ConfigurationReader, _ kind: String, headWidth: Int, isPartial: Bool
    ) throws(ConfigurationError) {
        let key = "\(kind).rope.dimension_count"
        if isPartial, case .integer(let turned) = reader.optional(key), turned.isMultiple(of: 2), (2...headWidth).contains(turned) {
            width = turned
        }
        for (key, width) in [(key, width), ("\(kind).attention.value_length", headWidth)] {
            if let found = reader.optional(key), found != .integer(width) {
                throw reader.error(
                    .outOfRange(key: key, found: found.summary, expected: "the width of a head, \(width)"))
            }
        }
    }

    /// By one factor, or, as converted from Llama 3.1, by one for each frequency in a tensor, or both (llama.cpp,
    /// `llama-model.cpp`: a factor without a type is linear; older files have `rope.scale_linear`).
    fileprivate static func scaling(
        _ gguf: GGUF, _ reader: ConfigurationReader, _ kind: String, width: Int
    ) throws(ConfigurationError) -> Scaling {
        let key = "\(kind).rope.scaling.type"
        let scaling = reader.optional(key) == nil ? "linear" : try reader.string(key)
        guard scaling == "none" || scaling == "linear" else { throw reader.error(.unsupported(key: key, found: scaling)) }
        let magnitudeKey = "\(kind).rope.scaling.attn_factor"
        if let magnitude = reader.optional(magnitudeKey), magnitude != .integer(1), magnitude != .number(1) {
            throw reader.error(.unsupported(key: magnitudeKey, found: magnitude.summary))
        }
        let factorKey = ["\(kind).rope.scaling.factor", "\(kind).rope.scale_linear"].first { reader.optional($0) != nil }
        // 0 stands for none, as in llama.cpp.
        let isZero = factorKey.map { [.integer(0), .number(0)].contains(reader.optional($0)) } ?? true
        let factor = if scaling == "linear", let factorKey, !isZero { try reader.positive(factorKey) } else { 1.0 }
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
