extension Family {
    /// Attention and MLP side by side, reading one norm; biases everywhere, of the logits too; LayerNorms of queries and keys by
    /// head on request.
    static let phi = Family(
        names: TensorNames(
            prefix: "model.", tokenEmbedding: "embed_tokens", block: "layers.",
            norms: [.ln1: "input_layernorm", .qNorm: "self_attn.q_layernorm", .kNorm: "self_attn.k_layernorm"],
            queryKeyValue: .separate(query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj"),
            attentionOutput: "self_attn.dense", mlpInput: "mlp.fc1", mlpOutput: "mlp.fc2", finalNorm: "final_layernorm",
            ignorableEnds: ["rotary_emb.inv_freq"])
    ) { (reader) throws(ConfigurationError) in
        let norm = NormPlan(.layerNorm, epsilon: try reader.epsilon("layer_norm_eps", default: 1e-5))
        var c = try ModelConfiguration(.phi, reader, SizeKeys(), norm: norm)
        c.setSteps(.parallelShared)
        c.setBiases()
        c.unembeddingHasBias = true
        c.activation = try reader.activation("hidden_act", default: .geluTanh)
        c.setRotary(try RotaryEmbedding(reader, headWidth: c.headWidth, share: 0.5))
        if try reader.bool("qk_layernorm", default: false) {
            c.setAttention { $0.queryKeyNorm = .init(norm, isByHead: true) }
        }
        return c
    }

    /// LayerNorms before each sublayer, or one before both; LayerNorms of queries and keys with a gain for each head on request.
    static let stablelm = Family(
        names: {
            var names = TensorNames.llama
            names.norms[.qNorm] = "self_attn.q_layernorm"
            names.norms[.kNorm] = "self_attn.k_layernorm"
            return names
        }()
    ) { (reader) throws(ConfigurationError) in
        var norm = NormPlan(.layerNorm, epsilon: try reader.epsilon("layer_norm_eps", default: 1e-5))
        var c = try ModelConfiguration(.stablelm, llamaLike: reader, norm: norm, rotaryShare: 0.25)
        if try reader.bool("use_parallel_residual", default: false) { c.setSteps(.parallelShared) }
        c.attentionHasBias = try reader.bool("use_qkv_bias", default: false)
        if try reader.bool("qk_layernorm", default: false) {
            norm.hasBias = false
            c.setAttention { $0.queryKeyNorm = .init(norm, isByHead: true, hasGainByHead: true) }
        }
        return c
    }

    /// LayerNorms without bias, one before both sublayers; neighbouring features are turned together; logits are scaled.
    static let cohere = Family(names: .llama) { (reader) throws(ConfigurationError) in
        let norm = NormPlan(.layerNorm, epsilon: try reader.epsilon("layer_norm_eps", default: 1e-5), hasBias: false)
        var c = try ModelConfiguration(.cohere, llamaLike: reader, norm: norm, tiedByDefault: true, hasRotary: false)
        c.setSteps(.parallelShared)
        c.setAttentionBiases(try reader.bool("attention_bias", default: false))
        c.logitMultiplier = try reader.positive("logit_scale", default: 0.0625)
        var rotary = try RotaryEmbedding(reader, headWidth: c.headWidth, base: 500_000)
        rotary.turnsNeighbours = true
        c.setRotary(rotary)
        if try reader.bool("use_qk_norm", default: false) {
            c.setAttention { $0.queryKeyNorm = .init(norm, isByHead: true, hasGainByHead: true) }
        }
        return c
    }
}
