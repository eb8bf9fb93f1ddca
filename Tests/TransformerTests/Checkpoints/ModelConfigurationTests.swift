import Checkpoints
import Testing
import Transformer

@Suite struct ModelConfigurationTests {
    /// A valid configuration's members as JSON text.
    static let members = [
        "model_type": "\"gpt2\"", "n_layer": "2", "n_embd": "12", "n_head": "3", "n_positions": "8",
        "vocab_size": "10", "layer_norm_epsilon": "1e-5",
    ]

    static func configuration(_ changes: [String: String] = [:], dropping key: String? = nil) throws(ConfigurationError)
        -> ModelConfiguration
    {
        var members = members
        for (key, value) in changes { members[key] = value }
        if let key { members[key] = nil }
        let text = "{" + members.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
        return try ModelConfiguration(json: SharedBytes(Array(text.utf8)), file: "c")
    }

    private func expectProblem(
        _ problem: ConfigurationError.Problem, _ changes: [String: String] = [:], dropping key: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do throws(ConfigurationError) {
            _ = try Self.configuration(changes, dropping: key)
            Issue.record("read", sourceLocation: sourceLocation)
        } catch {
            #expect(error.problem == problem, sourceLocation: sourceLocation)
            #expect(error.description.hasPrefix("c") && !error.description.contains("\n"))
        }
    }

    @Test func defaults() throws {
        let configuration = try Self.configuration()
        #expect(configuration.layerCount == 2 && configuration.width == 12 && configuration.headWidth == 4)
        #expect(configuration.innerWidth == 48 && configuration.contextLength == 8)
        #expect(configuration.epsilon == 1e-5 && configuration.activation == .geluTanh)
        #expect(configuration.normKind == .layerNorm && configuration.normPlacement == .pre)
        #expect(configuration.tiesEmbeddings && configuration.layers.allSatisfy { $0.steps == configuration.layers[0].steps })
        #expect(configuration.layers[1].attention.scale == 0.5)
        #expect(configuration.beginToken == nil)
        #expect(configuration.keyValueHeadCount == 3 && configuration.keyValueWidth == 12 && configuration.segmentCount == 0)
        #expect(configuration.positionEmbedding == .learned && configuration.attentionMask == .causal)
        #expect(configuration.mlpForm == .plain && configuration.attentionHasBias && configuration.mlpHasBias)
        #expect(configuration.hasFinalNorm && !configuration.normalizesEmbeddings)
    }

    @Test func choices() throws {
        let configuration = try Self.configuration([
            "n_inner": "20", "n_ctx": "null", "activation_function": "\"gelu\"", "scale_attn_weights": "false",
            "scale_attn_by_inverse_layer_idx": "true", "tie_word_embeddings": "false", "bos_token_id": "9",
            "eos_token_id": "50256", "layer_norm_epsilon": "0.001",
        ])
        #expect(configuration.innerWidth == 20 && configuration.activation == .geluErf)
        #expect(configuration.layers.map(\.attention.scale) == [1, 0.5])
        #expect(!configuration.tiesEmbeddings && configuration.epsilon == 1e-3)
        #expect(configuration.beginToken == 9 && configuration.endToken == nil, "outside the vocabulary")
        #expect(try Self.configuration(["n_inner": "null"]).innerWidth == 48)
    }

    @Test(arguments: [
        ("gelu_new", ActivationFunction.geluTanh), ("gelu_pytorch_tanh", .geluTanh), ("gelu", .geluErf),
        ("relu", .relu),
        ("silu", .silu), ("swish", .silu), ("tanh", .tanh),
    ])
    func activations(name: String, activation: ActivationFunction) throws {
        #expect(try Self.configuration(["activation_function": "\"\(name)\""]).activation == activation)
    }

    @Test func activationValues() {
        // Values at 1 from SciPy.
        #expect(abs(ActivationFunction.geluErf(1) - 0.8413447460685429) < 1e-15)
        #expect(abs(ActivationFunction.geluTanh(1) - 0.8411919906082768) < 1e-15)
        #expect(abs(ActivationFunction.silu(1) - 0.7310585786300049) < 1e-15)
        #expect(ActivationFunction.relu(-1) == 0 && ActivationFunction.relu(2) == 2)
    }

    @Test(arguments: ["model_type", "n_layer", "n_embd", "n_head", "n_positions", "vocab_size", "layer_norm_epsilon"])
    func missingKeys(key: String) {
        // The others have transformers' defaults.
        if key == "model_type" { expectProblem(.missing(key: key), dropping: key) }
        expectProblem(.missing(key: key), [key: "null"])
    }

    @Test func wrongTypes() {
        expectProblem(.wrongType(key: "n_layer", expected: "a whole number", found: "\"2\""), ["n_layer": "\"2\""])
        expectProblem(.wrongType(key: "n_layer", expected: "a whole number", found: "2.5"), ["n_layer": "2.5"])
        expectProblem(.wrongType(key: "n_inner", expected: "a whole number", found: "an array"), ["n_inner": "[]"])
        expectProblem(.wrongType(key: "model_type", expected: "a string", found: "1"), ["model_type": "1"])
        expectProblem(
            .wrongType(key: "tie_word_embeddings", expected: "true or false", found: "0"), ["tie_word_embeddings": "0"])
        expectProblem(
            .wrongType(key: "layer_norm_epsilon", expected: "a number", found: "true"), ["layer_norm_epsilon": "true"])
    }

    @Test(arguments: ["n_layer", "n_embd", "n_head", "n_positions", "vocab_size", "n_inner"])
    func absurdSizes(key: String) {
        for size in ["0", "-1", "1000000000"] {
            do throws(ConfigurationError) {
                _ = try Self.configuration([key: size])
                Issue.record("read \(key) \(size)")
            } catch {
                guard case .outOfRange(key, size, _) = error.problem else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
    }

    @Test func refusals() {
        expectProblem(.doesNotDivide(key: "n_head", value: 5, ofKey: "n_embd", of: 12), ["n_head": "5"])
        for (text, found) in [("0", "0"), ("NaN", "nan"), ("-1e-5", "-1e-05"), ("Infinity", "inf"), ("1e-60", "1e-60")] {
            expectProblem(
                .outOfRange(key: "layer_norm_epsilon", found: found, expected: "above 0 and at most 1"),
                ["layer_norm_epsilon": text])
        }
        expectProblem(.unsupported(key: "model_type", found: "t5"), ["model_type": "\"t5\""])
        expectProblem(.unsupported(key: "activation_function", found: "mish"), ["activation_function": "\"mish\""])
        expectProblem(.unsupported(key: "add_cross_attention", found: "true"), ["add_cross_attention": "true"])
        expectProblem(.notJSON(JSONError(offset: 0, reason: .badNumber)), text: "nul")
        expectProblem(.notObject(found: "an array"), text: "[]")
    }

    private func expectProblem(_ problem: ConfigurationError.Problem, text: String) {
        do throws(ConfigurationError) {
            _ = try ModelConfiguration(json: SharedBytes(Array(text.utf8)), file: "c")
            Issue.record("read")
        } catch { #expect(error.problem == problem) }
    }
}
