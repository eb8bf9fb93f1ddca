// Families that are a Llama but for a few choices.

extension Family {
    /// A Llama with a window.
    static let mistral = Family(names: .llama) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(.mistral, llamaLike: reader, keyValueHeads: 8)
        let window = try reader.window("sliding_window", default: 4096)
        c.setAttention { $0.window = window }
        return c
    }

    /// Biases of queries, keys and values; windows in the layers from `max_window_layers` on.
    static let qwen2 = Family(names: .llama) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(.qwen2, llamaLike: reader)
        c.attentionHasBias = true
        try c.setQwenWindows(reader)
        return c
    }

    /// Norms of queries and keys, by head.
    static let qwen3 = Family(names: .llama) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(.qwen3, llamaLike: reader, headWidth: 128)
        c.setAttentionBiases(try reader.bool("attention_bias", default: false))
        let norm = c.norm
        c.setAttention { $0.queryKeyNorm = .init(norm, isByHead: true) }
        try c.setQwenWindows(reader)
        return c
    }

    /// Multipliers of the embeddings, of what is added to the stream, of scores and logits.
    static let granite = Family(names: .llama) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(.granite, llamaLike: reader)
        c.setAttentionBiases(try reader.bool("attention_bias", default: false))
        c.mlpHasBias = try reader.bool("mlp_bias", default: false)
        c.embeddingMultiplier = try reader.positive("embedding_multiplier", default: 1)
        c.residualMultiplier = try reader.positive("residual_multiplier", default: 1)
        c.logitMultiplier = 1 / (try reader.positive("logits_scaling", default: 1))
        let scale = try reader.positive("attention_multiplier", default: 1)
        c.setAttention { $0.scale = scale }
        return c
    }

    /// Layers without positions, every fourth where nothing else is said.
    static let smollm3 = Family(names: .llama) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(
            .smollm3, llamaLike: reader, tiedByDefault: true, keyValueHeads: 4, rotaryBase: 2_000_000)
        c.setAttentionBiases(try reader.bool("attention_bias", default: false))
        c.mlpHasBias = try reader.bool("mlp_bias", default: false)
        let interval =
            try reader.optional("no_rope_layer_interval") == nil
            ? 4 : reader.size("no_rope_layer_interval", limit: ModelConfiguration.layerLimit)
        let turned = try reader.integers("no_rope_layers") ?? (0..<c.layerCount).map { ($0 + 1) % interval == 0 ? 0 : 1 }
        guard turned.count == c.layerCount else {
            throw reader.error(
                .outOfRange(key: "no_rope_layers", found: "\(turned.count) layers", expected: "\(c.layerCount) of them"))
        }
        for index in c.layers.indices where turned[index] == 0 { c.layers[index].attention.positions = .none }
        if try reader.bool("use_sliding_window", default: false) {
            try c.setWindows(reader.window("sliding_window"), reader) { turned[$0] == 0 }
        }
        return c
    }

    /// Fused matrices, and positions that may turn a part of each head.
    static let phi3 = Family(names: .phi3) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(
            .phi3, llamaLike: reader, norm: .init(.rmsNorm, epsilon: reader.epsilon("rms_norm_eps", default: 1e-5)),
            rotaryShare: 1)
        let window = try reader.window("sliding_window")
        c.setAttention { $0.window = window }
        return c
    }
}

extension TensorNames {
    static let phi3 = {
        var names = llama
        names.queryKeyValue = .fused("self_attn.qkv_proj")
        (names.mlpGate, names.mlpInput) = ("mlp.gate_up_proj", "mlp.gate_up_proj")
        return names
    }()
}

extension ModelConfiguration {
    fileprivate mutating func setQwenWindows(_ reader: ConfigurationReader) throws(ConfigurationError) {
        guard try reader.bool("use_sliding_window", default: false) else { return }
        let first = try reader.optional("max_window_layers") == nil ? 28 : reader.count("max_window_layers", limit: Self.layerLimit)
        try setWindows(reader.window("sliding_window", default: 4096), reader) { $0 >= first }
    }
}
