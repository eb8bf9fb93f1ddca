extension ModelConfiguration {
    /// The keys of transformers' `LlamaConfig`. Without an unembedding of its own or a tied one, as in a `LlamaModel`,
    /// the model predicts nothing.
    init(llama reader: ConfigurationReader) throws(ConfigurationError) {
        let isHeadless = try reader.strings("architectures") == ["LlamaModel"]
        let isTied = try reader.bool("tie_word_embeddings", default: false)
        try self.init(
            llama: reader, keys: .huggingFace, vocabularySize: try reader.size("vocab_size", limit: Self.rowLimit),
            unembedding: isTied ? .tied : isHeadless ? .none : .separate,
            attentionHasBias: try reader.bool("attention_bias", default: false),
            mlpHasBias: try reader.bool("mlp_bias", default: false)
        ) { (width) throws(ConfigurationError) in try RotaryEmbedding(reader, width: width) }
        activation = try reader.activation("hidden_act", default: .silu)
        try reader.refuseQuantization()
    }

    /// What the sizes of a Llama are called.
    struct LlamaKeys {
        let layers, width, heads, keyValueHeads, headWidth, inner, context, epsilon, begin, end: String

        static let huggingFace = LlamaKeys(
            layers: "num_hidden_layers", width: "hidden_size", heads: "num_attention_heads",
            keyValueHeads: "num_key_value_heads", headWidth: "head_dim", inner: "intermediate_size",
            context: "max_position_embeddings", epsilon: "rms_norm_eps", begin: "bos_token_id", end: "eos_token_id")
    }

    /// A Llama whose sizes stand at `keys`; `rotary` makes the rotation of heads of the width that it is given.
    init(
        llama reader: ConfigurationReader, keys: LlamaKeys, vocabularySize: Int, unembedding: Unembedding,
        attentionHasBias: Bool, mlpHasBias: Bool,
        rotary: (_ headWidth: Int) throws(ConfigurationError) -> RotaryEmbedding
    ) throws(ConfigurationError) {
        architecture = .llama
        normKind = .rmsNorm
        normPlacement = .pre
        normalizesEmbeddings = false
        attentionMask = .causal
        mlpForm = .gated
        activation = .silu
        scalesAttention = true
        scalesAttentionByLayer = false
        segmentCount = 0
        self.vocabularySize = vocabularySize
        self.unembedding = unembedding
        self.attentionHasBias = attentionHasBias
        attentionOutputHasBias = attentionHasBias
        self.mlpHasBias = mlpHasBias
        layerCount = try reader.size(keys.layers, limit: Self.layerLimit)
        width = try reader.size(keys.width, limit: Self.widthLimit)
        headCount = try reader.size(keys.heads, limit: Self.headLimit)
        headWidth =
            if reader.optional(keys.headWidth) != nil {
                try reader.size(keys.headWidth, limit: Self.headLimit)
            } else {
                try reader.quotient(keys.width, width, by: keys.heads, headCount)
            }
        guard headWidth.isMultiple(of: 2) else {
            throw reader.error(.outOfRange(key: keys.headWidth, found: "\(headWidth)", expected: "an even number"))
        }
        keyValueHeadCount =
            try reader.optional(keys.keyValueHeads) == nil
            ? headCount : reader.size(keys.keyValueHeads, limit: Self.headLimit)
        _ = try reader.quotient(keys.heads, headCount, by: keys.keyValueHeads, keyValueHeadCount)
        innerWidth = try reader.size(keys.inner, limit: Self.innerLimit)
        contextLength = try reader.size(keys.context, limit: Self.rowLimit)
        epsilon = try reader.epsilon(keys.epsilon)
        beginToken = try reader.token(keys.begin, vocabularySize: vocabularySize)
        endToken = try reader.token(keys.end, vocabularySize: vocabularySize)
        positionEmbedding = .rotary(try rotary(headWidth))
    }
}
