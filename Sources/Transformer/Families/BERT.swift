extension Family {
    /// The keys of transformers' `BertConfig`, for an encoder: a `BertModel` alone, or under `bert.` in a model with a head.
    /// Pooler and heads are not recorded.
    static let bert = Family(names: .bert) { (reader) throws(ConfigurationError) in
        try ModelConfiguration(.bert, bertLike: reader)
    }
}

extension TensorNames {
    static let bert = TensorNames(
        prefix: "bert.", tokenEmbedding: "embeddings.word_embeddings", positionEmbedding: "embeddings.position_embeddings",
        segmentEmbedding: "embeddings.token_type_embeddings", embeddingNorm: "embeddings.LayerNorm", block: "encoder.layer.",
        norms: [.ln1: "attention.output.LayerNorm", .ln2: "output.LayerNorm"],
        queryKeyValue: .separate(query: "attention.self.query", key: "attention.self.key", value: "attention.self.value"),
        attentionOutput: "attention.output.dense", mlpInput: "intermediate.dense", mlpOutput: "output.dense",
        ignorableEnds: ["embeddings.position_ids", "embeddings.token_type_ids"],
        ignorableBeginnings: ["pooler.", "cls.", "classifier.", "qa_outputs.", "lm_head."])
}

extension ModelConfiguration {
    /// An encoder with the keys of BERT; it predicts nothing.
    init(_ architecture: Architecture, bertLike reader: ConfigurationReader) throws(ConfigurationError) {
        self = try ModelConfiguration(
            architecture, reader, SizeKeys(keyValueHeads: nil),
            norm: NormPlan(.layerNorm, epsilon: reader.epsilon("layer_norm_eps")))
        segmentCount = try reader.size("type_vocab_size", limit: Self.rowLimit)
        activation = try reader.activation("hidden_act", default: .geluErf)
        setEncoder()
        try reader.refuse("position_embedding_type", unless: "absolute")
        try reader.refuse("is_decoder")
        try reader.refuse("add_cross_attention")
    }

    /// Post-LN, no mask, learned positions, biases everywhere, no predictions.
    mutating func setEncoder() {
        positionOffset = 0
        normalizesEmbeddings = true
        hasFinalNorm = false
        unembedding = .none
        setBiases()
        for index in layers.indices {
            layers[index].steps = .post
            layers[index].attention.mask = .bidirectional
        }
    }
}

// MARK: Relatives

extension Family {
    /// A BERT whose positions begin after that of the padding.
    static func roberta(_ architecture: ModelConfiguration.Architecture) -> Family {
        var names = TensorNames.bert
        names.prefix = "roberta."
        return Family(names: names) { (reader) throws(ConfigurationError) in
            var c = try ModelConfiguration(architecture, bertLike: reader)
            let padding =
                try reader.optional("pad_token_id") == nil ? 1 : reader.count("pad_token_id", limit: ModelConfiguration.rowLimit)
            guard c.contextLength > padding + 1 else {
                throw reader.error(
                    .outOfRange(key: "max_position_embeddings", found: "\(c.contextLength)", expected: "above \(padding + 1)"))
            }
            c.positionOffset = padding + 1
            c.contextLength -= padding + 1
            return c
        }
    }

    /// A BERT without segments.
    static let distilbert = Family(
        names: TensorNames(
            prefix: "distilbert.", tokenEmbedding: "embeddings.word_embeddings",
            positionEmbedding: "embeddings.position_embeddings", embeddingNorm: "embeddings.LayerNorm",
            block: "transformer.layer.", norms: [.ln1: "sa_layer_norm", .ln2: "output_layer_norm"],
            queryKeyValue: .separate(query: "attention.q_lin", key: "attention.k_lin", value: "attention.v_lin"),
            attentionOutput: "attention.out_lin", mlpInput: "ffn.lin1", mlpOutput: "ffn.lin2",
            ignorableEnds: ["embeddings.position_ids"],
            ignorableBeginnings: ["vocab_", "pre_classifier.", "classifier.", "qa_outputs."])
    ) { (reader) throws(ConfigurationError) in
        let keys = SizeKeys(layers: "n_layers", width: "dim", heads: "n_heads", keyValueHeads: nil, inner: "hidden_dim")
        var c = try ModelConfiguration(.distilbert, reader, keys, norm: NormPlan(.layerNorm, epsilon: 1e-12))
        c.activation = try reader.activation("activation", default: .geluErf)
        c.setEncoder()
        return c
    }

    /// Pre-LN without biases, rotary positions, a gated MLP; most layers see a window only. The first attention has no norm: it
    /// reads that of the embeddings.
    static let modernbert = Family(
        names: TensorNames(
            prefix: "model.", tokenEmbedding: "embeddings.tok_embeddings", embeddingNorm: "embeddings.norm", block: "layers.",
            norms: [.ln1: "attn_norm", .ln2: "mlp_norm"], queryKeyValue: .fused("attn.Wqkv"), attentionOutput: "attn.Wo",
            mlpGate: "mlp.Wi", mlpInput: "mlp.Wi", mlpOutput: "mlp.Wo", finalNorm: "final_norm",
            ignorableBeginnings: ["head.", "decoder.", "classifier."])
    ) { (reader) throws(ConfigurationError) in
        let norm = NormPlan(
            .layerNorm, epsilon: try reader.epsilon("norm_eps", default: 1e-5),
            hasBias: try reader.bool("norm_bias", default: false))
        var c = try ModelConfiguration(.modernbert, reader, SizeKeys(keyValueHeads: nil), norm: norm)
        c.normalizesEmbeddings = true
        c.unembedding = .none
        c.mlpForm = .gated
        c.activation = try reader.activation("hidden_activation", default: .geluErf)
        c.setAttentionBiases(try reader.bool("attention_bias", default: false))
        c.mlpHasBias = try reader.bool("mlp_bias", default: false)
        c.layers[0].steps = .preWithoutFirst
        let every =
            try reader.optional("global_attn_every_n_layers") == nil
            ? 3 : reader.size("global_attn_every_n_layers", limit: ModelConfiguration.layerLimit)
        try c.setWindows(reader.window("local_attention", default: 128), reader) { !$0.isMultiple(of: every) }
        let local = try RotaryEmbedding(
            reader, headWidth: c.headWidth, base: 10_000, baseKey: "local_rope_theta", layerType: "sliding_attention",
            scalesWindows: true)
        let global = try RotaryEmbedding(
            reader, headWidth: c.headWidth, base: 160_000, baseKey: "global_rope_theta", layerType: "full_attention")
        c.setAttention {
            $0.mask = .bidirectional
            $0.positions = .rotary($0.window == nil ? global : local)
        }
        return c
    }
}
