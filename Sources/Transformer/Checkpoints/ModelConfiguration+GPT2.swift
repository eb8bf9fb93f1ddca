extension ModelConfiguration {
    /// The keys of transformers' `GPT2Config`.
    init(gpt2 reader: ConfigurationReader) throws(ConfigurationError) {
        architecture = .gpt2
        normKind = .layerNorm
        normPlacement = .pre
        normalizesEmbeddings = false
        positionEmbedding = .learned
        attentionMask = .causal
        mlpForm = .plain
        attentionHasBias = true
        attentionOutputHasBias = true
        mlpHasBias = true
        segmentCount = 0
        layerCount = try reader.size("n_layer", limit: Self.layerLimit)
        width = try reader.size("n_embd", limit: Self.widthLimit)
        headCount = try reader.size("n_head", limit: Self.headLimit)
        headWidth = try reader.quotient("n_embd", width, by: "n_head", headCount)
        keyValueHeadCount = headCount
        innerWidth = try reader.optional("n_inner") == nil ? 4 * width : reader.size("n_inner", limit: Self.innerLimit)
        contextLength = try reader.size("n_positions", limit: Self.rowLimit)
        vocabularySize = try reader.size("vocab_size", limit: Self.rowLimit)
        epsilon = try reader.epsilon("layer_norm_epsilon")
        activation = try reader.activation("activation_function", default: .geluTanh)
        scalesAttention = try reader.bool("scale_attn_weights", default: true)
        scalesAttentionByLayer = try reader.bool("scale_attn_by_inverse_layer_idx", default: false)
        unembedding = try reader.bool("tie_word_embeddings", default: true) ? .tied : .separate
        beginToken = try reader.token("bos_token_id", vocabularySize: vocabularySize)
        endToken = try reader.token("eos_token_id", vocabularySize: vocabularySize)
        try reader.refuse("add_cross_attention")
    }

    /// Greatest sizes that are read: more is a mistake, and would ask for absurd memory before the weights refute it.
    static let layerLimit = 4096
    static let widthLimit = 1 << 20
    static let headLimit = 1 << 16
    static let innerLimit = 1 << 24
    static let rowLimit = 1 << 24
}
