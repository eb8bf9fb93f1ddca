extension Family {
    /// ALiBi, and a norm of the embeddings.
    static let bloom = Family(names: .bloom) { (reader) throws(ConfigurationError) in
        let reader = reader.replacing(["n_layer": "num_hidden_layers", "n_head": "num_attention_heads", "hidden_size": "n_embed"])
        var c = try ModelConfiguration(
            .bloom, reader,
            SizeKeys(layers: "n_layer", heads: "n_head", keyValueHeads: nil, inner: "n_inner", context: "seq_length"),
            norm: NormPlan(.layerNorm, epsilon: reader.epsilon("layer_norm_epsilon", default: 1e-5)), tiedByDefault: true,
            innerByDefault: 4, contextByDefault: 2048)
        c.normalizesEmbeddings = true
        c.activation = .geluTanh
        c.setBiases()
        c.setAttention { $0.positions = .alibi }
        try reader.refuse("apply_residual_connection_post_layernorm")
        return c
    }

    /// Attention and MLP side by side, reading one norm (7B) or one each (`new_decoder_architecture`), or one after the other.
    static let falcon = Family(
        names: {
            var names = TensorNames.bloom
            names.otherNorms = [.ln1: "ln_attn", .ln2: "ln_mlp"]
            return names
        }()
    ) { (reader) throws(ConfigurationError) in
        let reader = reader.replacing([
            "num_hidden_layers": "n_layer", "num_attention_heads": "n_head", "hidden_size": "n_embed", "num_kv_heads": "n_head_kv",
        ])
        let isNew = try reader.bool("new_decoder_architecture", default: false)
        let isParallel = try reader.bool("parallel_attn", default: true)
        var c = try ModelConfiguration(
            .falcon, reader, SizeKeys(keyValueHeads: isNew ? "num_kv_heads" : nil, inner: "ffn_hidden_size"),
            norm: NormPlan(.layerNorm, epsilon: reader.epsilon("layer_norm_epsilon", default: 1e-5)), tiedByDefault: true,
            innerByDefault: 4, contextByDefault: 2048)
        if !isNew, try reader.bool("multi_query", default: true) { c.keyValueHeadCount = 1 }
        if isNew, !isParallel {
            throw reader.error(.unsupported(key: "parallel_attn", found: "false beside new_decoder_architecture"))
        }
        let normCount = reader.optional("num_ln_in_parallel_attn") == nil ? 2 : try reader.size("num_ln_in_parallel_attn", limit: 2)
        c.setSteps(!isParallel ? .pre : isNew && normCount == 2 ? .parallel : .parallelShared)
        if try reader.bool("bias", default: false) { c.setBiases() }
        c.activation = try reader.activation("activation", default: .geluErf)
        // Its slopes are rounded to bfloat16, and so are their products with positions.
        try reader.refuse("alibi")
        c.setRotary(try RotaryEmbedding(reader, headWidth: c.headWidth))
        return c
    }
}

extension TensorNames {
    static let bloom = TensorNames(
        prefix: "transformer.", tokenEmbedding: "word_embeddings", embeddingNorm: "word_embeddings_layernorm", block: "h.",
        norms: [.ln1: "input_layernorm", .ln2: "post_attention_layernorm"],
        queryKeyValue: .fusedByHead("self_attention.query_key_value"), attentionOutput: "self_attention.dense",
        mlpInput: "mlp.dense_h_to_4h", mlpOutput: "mlp.dense_4h_to_h", finalNorm: "ln_f",
        ignorableEnds: [".rotary_emb.inv_freq"])
}
