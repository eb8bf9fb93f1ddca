import Checkpoints

extension ConfigurationReader {
    /// The same configuration with the keys that transformers would put there: other names of a key as the key (`attribute_map`), and
    /// the defaults of the family's configuration class for keys that are missing. A key that is null stays null.
    func withTransformersDefaults(for modelType: String) -> ConfigurationReader {
        var changes: [String: JSONValue] = [:]
        for (other, key) in Self.otherNames(modelType) {
            if let value = optional(other) { changes[key] = value }
        }
        for (key, value) in Self.defaults(modelType) where changes[key] == nil && !has(key) { changes[key] = value }
        return replacing(changes)
    }

    /// Whether the weights are those of a body with a head that predicts no tokens, such as `LlamaForSequenceClassification`.
    func hasOtherHead() throws(ConfigurationError) -> Bool {
        let ends = ["ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering", "ForMultipleChoice"]
        return try strings("architectures")?.contains { name in ends.contains { name.hasSuffix($0) } } == true
    }
}
