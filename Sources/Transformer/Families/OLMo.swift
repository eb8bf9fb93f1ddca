extension Family {
    /// LayerNorms without parameters, and q, k and v within limits.
    static let olmo = Family(names: .llama) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(
            .olmo, llamaLike: reader, norm: .init(.layerNorm, epsilon: 1e-5, hasWeight: false, hasBias: false))
        c.setAttentionBiases(try reader.bool("attention_bias", default: false))
        let clip = try reader.optionalPositive("clip_qkv")
        c.setAttention { $0.clip = clip }
        return c
    }

    /// Norms of what sublayers write, and no others but the last; norms of all heads' queries as one vector, and of their keys.
    /// OLMo 3 has windows besides.
    static func olmo2(_ architecture: ModelConfiguration.Architecture) -> Family {
        Family(names: .olmo2) { (reader) throws(ConfigurationError) in
            let norm = NormPlan(.rmsNorm, epsilon: try reader.epsilon("rms_norm_eps", default: 1e-5))
            var c = try ModelConfiguration(architecture, llamaLike: reader, norm: norm, hasRotary: architecture == .olmo2)
            c.setSteps(.branchPost)
            c.setAttentionBiases(try reader.bool("attention_bias", default: false))
            c.setAttention { $0.queryKeyNorm = .init(norm, isByHead: false) }
            guard architecture == .olmo3 else { return c }
            try c.setWindows(reader.window("sliding_window", default: 4096), reader) { !($0 + 1).isMultiple(of: 4) }
            // As transformers reads it, `rope_theta` outside of `rope_parameters` is that of the layers without a window.
            let local = try RotaryEmbedding(
                reader, headWidth: c.headWidth, base: 500_000, baseKey: nil, layerType: "sliding_attention")
            let global = try RotaryEmbedding(reader, headWidth: c.headWidth, base: 500_000, layerType: "full_attention")
            c.setAttention { $0.positions = .rotary($0.window == nil ? global : local) }
            return c
        }
    }
}

extension TensorNames {
    static let olmo2 = {
        var names = llama
        names.norms[.ln1Post] = "post_attention_layernorm"
        names.norms[.ln2Post] = "post_feedforward_layernorm"
        return names
    }()
}
