import Checkpoints

extension ConfigurationReader {
    /// The same configuration with the keys that transformers would put there: other names of a key as the key (`attribute_map`), and
    /// the defaults of the family's configuration class for keys that are missing. A key that is null stays null.
    func withTransformersDefaults(for modelType: String) -> ConfigurationReader {
        var changes: [String: JSONValue] = [:]
        for (other, key) in Self.otherNames[modelType] ?? [:] {
            if let value = optional(other) { changes[key] = value }
        }
        for (key, value) in Self.defaults[modelType] ?? [:] where changes[key] == nil && !has(key) { changes[key] = value }
        return replacing(changes)
    }

    /// Whether the weights are those of a body with a head that predicts no tokens, such as `LlamaForSequenceClassification`.
    func hasOtherHead() throws(ConfigurationError) -> Bool {
        let ends = ["ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering", "ForMultipleChoice"]
        return try strings("architectures")?.contains { name in ends.contains { name.hasSuffix($0) } } == true
    }

    /// The names that transformers takes for others (`attribute_map`).
    private static let otherNames: [String: [String: String]] = [
        "gpt2": [
            "hidden_size": "n_embd", "max_position_embeddings": "n_positions", "num_attention_heads": "n_head",
            "num_hidden_layers": "n_layer",
        ]
    ]

    /// Defaults of `GPT2Config`, `BertConfig` and `LlamaConfig` (transformers 5.24).
    private static let defaults: [String: [String: JSONValue]] = [
        "gpt2": [
            "n_layer": .integer(12), "n_embd": .integer(768), "n_head": .integer(12), "n_positions": .integer(1024),
            "vocab_size": .integer(50257), "layer_norm_epsilon": .number(1e-5),
        ],
        "bert": [
            "num_hidden_layers": .integer(12), "hidden_size": .integer(768), "num_attention_heads": .integer(12),
            "intermediate_size": .integer(3072), "max_position_embeddings": .integer(512), "vocab_size": .integer(30522),
            "type_vocab_size": .integer(2), "layer_norm_eps": .number(1e-12),
        ],
        "llama": [
            "num_hidden_layers": .integer(32), "hidden_size": .integer(4096), "num_attention_heads": .integer(32),
            "intermediate_size": .integer(11008), "max_position_embeddings": .integer(2048), "vocab_size": .integer(32000),
            "rms_norm_eps": .number(1e-6),
        ],
    ]
}
