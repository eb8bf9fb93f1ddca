extension ModelConfiguration {
    /// The keys of transformers' `LlamaConfig`. Without an unembedding of its own or a tied one, as in a `LlamaModel`,
    /// the model predicts nothing.
    init(llama reader: ConfigurationReader) throws(ConfigurationError) {
        architecture = .llama
        normKind = .rmsNorm
        normPlacement = .pre
        normalizesEmbeddings = false
        attentionMask = .causal
        mlpForm = .gated
        scalesAttention = true
        scalesAttentionByLayer = false
        segmentCount = 0
        layerCount = try reader.size("num_hidden_layers", limit: Self.layerLimit)
        width = try reader.size("hidden_size", limit: Self.widthLimit)
        headCount = try reader.size("num_attention_heads", limit: Self.headLimit)
        headWidth =
            if reader.optional("head_dim") != nil {
                try reader.size("head_dim", limit: Self.headLimit)
            } else {
                try reader.quotient("hidden_size", width, by: "num_attention_heads", headCount)
            }
        keyValueHeadCount =
            try reader.optional("num_key_value_heads") == nil
            ? headCount : reader.size("num_key_value_heads", limit: Self.headLimit)
        _ = try reader.quotient("num_attention_heads", headCount, by: "num_key_value_heads", keyValueHeadCount)
        innerWidth = try reader.size("intermediate_size", limit: Self.innerLimit)
        contextLength = try reader.size("max_position_embeddings", limit: Self.rowLimit)
        vocabularySize = try reader.size("vocab_size", limit: Self.rowLimit)
        epsilon = try reader.epsilon("rms_norm_eps")
        activation = try reader.activation("hidden_act", default: .silu)
        attentionHasBias = try reader.bool("attention_bias", default: false)
        mlpHasBias = try reader.bool("mlp_bias", default: false)
        let isHeadless = try reader.strings("architectures") == ["LlamaModel"]
        unembedding =
            try reader.bool("tie_word_embeddings", default: false) ? .tied : isHeadless ? .none : .separate
        beginToken = try reader.token("bos_token_id", vocabularySize: vocabularySize)
        endToken = try reader.token("eos_token_id", vocabularySize: vocabularySize)
        positionEmbedding = .rotary(try RotaryEmbedding(reader, width: headWidth))
        try reader.refuseQuantization()
    }
}
