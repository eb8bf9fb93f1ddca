import Checkpoints
import Testing
import Transformer

/// Makes configurations from members that are JSON text, right or wrong.
struct ConfigurationText {
    var members: [String: String]

    static let bert = ConfigurationText(members: [
        "model_type": "\"bert\"", "num_hidden_layers": "2", "hidden_size": "12", "num_attention_heads": "3",
        "intermediate_size": "20", "max_position_embeddings": "8", "vocab_size": "10", "type_vocab_size": "2",
        "layer_norm_eps": "1e-12", "hidden_act": "\"gelu\"", "architectures": "[\"BertModel\"]",
    ])

    static let llama = ConfigurationText(members: [
        "model_type": "\"llama\"", "num_hidden_layers": "2", "hidden_size": "24", "num_attention_heads": "6",
        "num_key_value_heads": "2", "intermediate_size": "20", "max_position_embeddings": "8", "vocab_size": "10",
        "rms_norm_eps": "1e-6", "hidden_act": "\"silu\"", "architectures": "[\"LlamaForCausalLM\"]",
        "rope_theta": "100000",
    ])

    func read(_ changes: [String: String] = [:]) throws(ConfigurationError) -> ModelConfiguration {
        var members = members
        for (key, value) in changes { members[key] = value }
        let text = "{" + members.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
        return try ModelConfiguration(json: SharedBytes(Array(text.utf8)), file: "c")
    }

    func expect(
        _ problem: ConfigurationError.Problem, _ changes: [String: String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do throws(ConfigurationError) {
            _ = try read(changes)
            Issue.record("read", sourceLocation: sourceLocation)
        } catch {
            #expect(error.problem == problem, sourceLocation: sourceLocation)
            #expect(error.description.hasPrefix("c: ") || error.description.hasPrefix("c lacks"), sourceLocation: sourceLocation)
        }
    }

    /// Every size among `keys` is required, and refused where it is absurd.
    func expectSizes(_ keys: [String], required: Bool = true) {
        for key in keys {
            if required { expect(.missing(key: key), [key: "null"]) }
            for size in ["0", "-1", "1000000000"] {
                do throws(ConfigurationError) {
                    _ = try read([key: size])
                    Issue.record("read \(key) \(size)")
                } catch {
                    if case .outOfRange(key, size, _) = error.problem { continue }
                    Issue.record("\(error)")
                }
            }
        }
    }

    func expectEpsilon(_ key: String) {
        expect(.missing(key: key), [key: "null"])
        for (text, found) in [("0", "0"), ("NaN", "nan"), ("-1e-5", "-1e-05"), ("Infinity", "inf")] {
            expect(.outOfRange(key: key, found: found, expected: "above 0 and at most 1"), [key: text])
        }
    }
}
