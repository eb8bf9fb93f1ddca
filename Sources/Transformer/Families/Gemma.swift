// RMSNorms by (1 + w), embeddings times the root of the width, and from Gemma 2 on norms before and after each sublayer.

extension Family {
    static let gemma = Family(names: .llama) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(.gemma, gemmaLike: reader, keyValueHeads: 16)
        // The first releases say `gelu` and mean its approximation.
        let activation = try reader.activation("hidden_act", default: .geluTanh)
        c.activation = activation == .geluErf ? .geluTanh : activation
        return c
    }

    static let gemma2 = Family(names: .gemma2) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(.gemma2, gemmaLike: reader, keyValueHeads: 4)
        try c.setGemma2(reader, scoreCap: 50, logitCap: 30)
        try c.setWindows(reader.window("sliding_window", default: 4096), reader) { $0.isMultiple(of: 2) }
        return c
    }

    static let gemma3 = Family(names: .gemma2) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(.gemma3, gemmaLike: reader, keyValueHeads: 4)
        try c.setGemma2(reader, scoreCap: nil, logitCap: nil)
        let pattern =
            try reader.optional("sliding_window_pattern") == nil
            ? 6 : reader.size("sliding_window_pattern", limit: ModelConfiguration.layerLimit)
        try c.setWindows(reader.window("sliding_window", default: 4096), reader) { !($0 + 1).isMultiple(of: pattern) }
        let local = try RotaryEmbedding(
            reader, headWidth: c.headWidth, base: 10_000, baseKey: "rope_local_base_freq", layerType: "sliding_attention")
        let global = try RotaryEmbedding(reader, headWidth: c.headWidth, base: 1_000_000, layerType: "full_attention")
        let norm = c.norm
        c.setAttention {
            $0.positions = .rotary($0.window == nil ? global : local)
            $0.queryKeyNorm = .init(norm, isByHead: true)
        }
        return c
    }
}

extension TensorNames {
    static let gemma2 = {
        var names = llama
        names.norms[.ln1Post] = "post_attention_layernorm"
        names.norms[.ln2] = "pre_feedforward_layernorm"
        names.norms[.ln2Post] = "post_feedforward_layernorm"
        return names
    }()
}

extension ModelConfiguration {
    fileprivate init(
        _ architecture: Architecture, gemmaLike reader: ConfigurationReader, keyValueHeads: Int
    ) throws(ConfigurationError) {
        let norm = NormPlan(.rmsNorm, epsilon: try reader.epsilon("rms_norm_eps", default: 1e-6), weightOffset: 1)
        try self.init(
            architecture, llamaLike: reader, norm: norm, tiedByDefault: true, headWidth: 256, keyValueHeads: keyValueHeads,
            hasRotary: architecture != .gemma3)
        embeddingMultiplier = Double(width).squareRoot()
        setAttentionBiases(try reader.bool("attention_bias", default: false))
        try reader.refuse("use_bidirectional_attention")
    }

    fileprivate mutating func setGemma2(
        _ reader: ConfigurationReader, scoreCap: Double?, logitCap: Double?
    ) throws(ConfigurationError) {
        setSteps(.sandwich)
        activation = try reader.activation("hidden_activation", default: .geluTanh)
        let scalar = try reader.positive("query_pre_attn_scalar", default: 256)
        let cap = try reader.cap("attn_logit_softcapping", default: scoreCap)
        logitSoftCap = try reader.cap("final_logit_softcapping", default: logitCap)
        setAttention {
            $0.scale = 1 / scalar.squareRoot()
            $0.softCap = cap
        }
    }
}
