/// What a family's `config.json` calls its sizes.
struct SizeKeys {
    var layers = "num_hidden_layers"
    var width = "hidden_size"
    var heads = "num_attention_heads"
    /// Nil where queries never share keys and values.
    var keyValueHeads: String? = "num_key_value_heads"
    /// Nil where a head's width is always width / heads.
    var headWidth: String?
    var inner = "intermediate_size"
    var context = "max_position_embeddings"
}

extension ModelConfiguration {
    /// Greatest sizes that are read: more is a mistake, and would ask for absurd memory before the weights refute it.
    static let layerLimit = 4096
    static let widthLimit = 1 << 20
    static let headLimit = 1 << 16
    static let innerLimit = 1 << 24
    static let rowLimit = 1 << 24

    /// What all families have: sizes, tokens, and a decoder's pre-LN blocks with causal attention, to be changed from there.
    /// Without an unembedding of its own or a tied one, as in a `LlamaModel`, the model predicts nothing.
    ///
    /// - Parameters:
    ///   - headWidthByDefault: where its key is not given; nil: width / heads.
    ///   - keyValueHeadsByDefault: where their key is not given; nil: as many as queries.
    ///   - contextByDefault: where its key is not given; nil: it must be.
    ///   - innerByDefault: the inner width in widths, where its key is not given; nil: it must be.
    init(
        _ architecture: Architecture, _ reader: ConfigurationReader, _ keys: SizeKeys, norm: NormPlan, tiedByDefault: Bool = false,
        headWidthByDefault: Int? = nil, keyValueHeadsByDefault: Int? = nil, innerByDefault: Int? = nil, contextByDefault: Int? = nil
    ) throws(ConfigurationError) {
        self.architecture = architecture
        self.norm = norm
        let count = try reader.size(keys.layers, limit: Self.layerLimit)
        width = try reader.size(keys.width, limit: Self.widthLimit)
        embeddingWidth = width
        headCount = try reader.size(keys.heads, limit: Self.headLimit)
        if let key = keys.headWidth, reader.optional(key) != nil {
            headWidth = try reader.size(key, limit: Self.headLimit)
        } else if let headWidthByDefault {
            headWidth = headWidthByDefault
        } else {
            headWidth = try reader.quotient(keys.width, width, by: keys.heads, headCount)
        }
        keyValueHeadCount = headCount
        if let key = keys.keyValueHeads, reader.optional(key) != nil {
            keyValueHeadCount = try reader.size(key, limit: Self.headLimit)
        } else if let key = keys.keyValueHeads, let keyValueHeadsByDefault, !reader.isNull(key) {
            keyValueHeadCount = keyValueHeadsByDefault
        }
        if let key = keys.keyValueHeads { _ = try reader.quotient(keys.heads, headCount, by: key, keyValueHeadCount) }
        if let factor = innerByDefault, reader.optional(keys.inner) == nil {
            innerWidth = factor * width
        } else {
            innerWidth = try reader.size(keys.inner, limit: Self.innerLimit)
        }
        if let contextByDefault, reader.optional(keys.context) == nil {
            contextLength = contextByDefault
        } else {
            contextLength = try reader.size(keys.context, limit: Self.rowLimit)
        }
        vocabularySize = try reader.size("vocab_size", limit: Self.rowLimit)
        beginToken = try reader.token("bos_token_id", vocabularySize: vocabularySize)
        endToken = try reader.token("eos_token_id", vocabularySize: vocabularySize)
        let heads = try reader.strings("architectures") ?? []
        let isHeadless = heads.count == 1 && heads[0].hasSuffix("Model") && !heads[0].hasSuffix("LMHeadModel")
        unembedding = try reader.bool("tie_word_embeddings", default: tiedByDefault) ? .tied : isHeadless ? .none : .separate
        let attention = AttentionPlan(scale: 1 / Double(headWidth).squareRoot())
        layers = Array(repeating: LayerPlan(steps: .pre, attention: attention), count: count)
        try reader.refuseQuantization()
        try reader.refuseExperts()
    }

    /// The same steps in all layers.
    mutating func setSteps(_ steps: [LayerPlan.Step]) {
        for index in layers.indices { layers[index].steps = steps }
    }

    mutating func setAttention(_ change: (inout AttentionPlan) -> Void) {
        for index in layers.indices { change(&layers[index].attention) }
    }

    mutating func setRotary(_ rotary: RotaryEmbedding) { setAttention { $0.positions = .rotary(rotary) } }

    /// Of the four matrices of attention.
    mutating func setAttentionBiases(_ have: Bool) { (attentionHasBias, attentionOutputHasBias) = (have, have) }

    /// Of all matrices of the blocks.
    mutating func setBiases() { (attentionHasBias, attentionOutputHasBias, mlpHasBias) = (true, true, true) }

    /// Windows in the layers that `layer_types` calls `sliding_attention`; where it is not given, in those that `isWindowed` names.
    mutating func setWindows(
        _ window: Int?, _ reader: ConfigurationReader, byDefault isWindowed: (Int) -> Bool
    ) throws(ConfigurationError) {
        let types = try reader.layerTypes(count: layerCount)
        for index in layers.indices where types?[index] ?? isWindowed(index) { layers[index].attention.window = window }
    }
}
