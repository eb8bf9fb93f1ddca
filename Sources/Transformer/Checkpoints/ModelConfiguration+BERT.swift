extension ModelConfiguration {
    /// The keys of transformers' `BertConfig`, for an encoder.
    init(bert reader: ConfigurationReader) throws(ConfigurationError) {
        architecture = .bert
        normKind = .layerNorm
        normPlacement = .post
        normalizesEmbeddings = true
        positionEmbedding = .learned
        attentionMask = .bidirectional
        mlpForm = .plain
        attentionHasBias = true
        attentionOutputHasBias = true
        mlpHasBias = true
        scalesAttention = true
        scalesAttentionByLayer = false
        unembedding = .none
        layerCount = try reader.size("num_hidden_layers", limit: Self.layerLimit)
        width = try reader.size("hidden_size", limit: Self.widthLimit)
        headCount = try reader.size("num_attention_heads", limit: Self.headLimit)
        headWidth = try reader.quotient("hidden_size", width, by: "num_attention_heads", headCount)
        keyValueHeadCount = headCount
        innerWidth = try reader.size("intermediate_size", limit: Self.innerLimit)
        contextLength = try reader.size("max_position_embeddings", limit: Self.rowLimit)
        vocabularySize = try reader.size("vocab_size", limit: Self.rowLimit)
        segmentCount = try reader.size("type_vocab_size", limit: Self.rowLimit)
        epsilon = try reader.epsilon("layer_norm_eps")
        activation = try reader.activation("hidden_act", default: .geluErf)
        beginToken = try reader.token("bos_token_id", vocabularySize: vocabularySize)
        endToken = try reader.token("eos_token_id", vocabularySize: vocabularySize)
        if reader.optional("position_embedding_type") != nil {
            let kind = try reader.string("position_embedding_type")
            guard kind == "absolute" else {
                throw reader.error(.unsupported(key: "position_embedding_type", found: kind))
            }
        }
        try reader.refuse("is_decoder")
        try reader.refuse("add_cross_attention")
        try reader.refuseQuantization()
    }
}
