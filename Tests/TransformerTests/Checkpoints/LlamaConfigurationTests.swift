import Checkpoints
import Foundation
import Testing
import Transformer

@Suite struct LlamaConfigurationTests {
    private let text = ConfigurationText.llama

    @Test func reads() throws {
        let c = try text.read()
        #expect(c.architecture == .llama && c.normKind == .rmsNorm && c.normPlacement == .pre && c.hasFinalNorm)
        #expect(c.headCount == 6 && c.headWidth == 4 && c.keyValueHeadCount == 2)
        #expect(c.attentionWidth == 24 && c.keyValueWidth == 8)
        #expect(c.epsilon == 1e-6 && c.activation == .silu && c.mlpForm == .gated && c.attentionMask == .causal)
        #expect(!c.attentionHasBias && !c.mlpHasBias && !c.normalizesEmbeddings && c.segmentCount == 0)
        #expect(c.unembedding == .separate)
        #expect(c.positionEmbedding == .rotary(RotaryEmbedding(base: 100_000, width: 4, scaling: .none)))
        #expect(try text.read(["num_key_value_heads": "null"]).keyValueHeadCount == 6)
        #expect(try text.read(["tie_word_embeddings": "true"]).unembedding == .tied)
        #expect(try text.read(["architectures": "[\"LlamaModel\"]"]).unembedding == .none)
        let wide = try text.read(["head_dim": "10", "attention_bias": "true", "mlp_bias": "true"])
        #expect(wide.headWidth == 10 && wide.attentionWidth == 60 && wide.keyValueWidth == 20)
        #expect(wide.attentionHasBias && wide.mlpHasBias)
        #expect(try text.read(["eos_token_id": "[3, 4]"]).endToken == 3)
    }

    @Test func sizes() {
        text.expectSizes([
            "num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size", "max_position_embeddings",
            "vocab_size",
        ])
        text.expectSizes(["num_key_value_heads", "head_dim"], required: false)
        text.expectEpsilon("rms_norm_eps")
    }

    @Test func refusals() {
        text.expect(
            .doesNotDivide(key: "num_attention_heads", value: 5, ofKey: "hidden_size", of: 24),
            ["num_attention_heads": "5"])
        text.expect(
            .doesNotDivide(key: "num_key_value_heads", value: 4, ofKey: "num_attention_heads", of: 6),
            ["num_key_value_heads": "4"])
        text.expect(.outOfRange(key: "head_dim", found: "5", expected: "an even number"), ["head_dim": "5"])
        text.expect(.outOfRange(key: "rope_theta", found: "0", expected: "above 0"), ["rope_theta": "0"])
        text.expect(
            .unsupported(key: "rope_scaling.rope_type", found: "yarn"),
            ["rope_scaling": "{\"rope_type\": \"yarn\", \"factor\": 2.0}"])
        text.expect(
            .unsupported(key: "rope_scaling.type", found: "dynamic"),
            ["rope_scaling": "{\"type\": \"dynamic\", \"factor\": 2.0}"])
        text.expect(.missing(key: "rope_scaling.factor"), ["rope_scaling": "{\"type\": \"linear\"}"])
        text.expect(
            .unsupported(key: "rope_parameters.partial_rotary_factor", found: "0.5"),
            ["rope_parameters": "{\"rope_type\": \"default\", \"partial_rotary_factor\": 0.5}"])
        text.expect(
            .unsupported(key: "rope_scaling.partial_rotary_factor", found: "0.5"),
            ["rope_scaling": "{\"rope_type\": \"linear\", \"factor\": 2.0, \"partial_rotary_factor\": 0.5}"])
        text.expect(
            .wrongType(key: "rope_scaling", expected: "an object", found: "3"), ["rope_scaling": "3"])
    }

    // MARK: Rotation

    private func rotary(_ changes: [String: String]) throws -> RotaryEmbedding {
        guard case .rotary(let rotary) = try text.read(changes).positionEmbedding else {
            throw CheckpointError.missing(tensors: [], file: "")
        }
        return rotary
    }

    @Test func frequencies() throws {
        let plain = RotaryEmbedding(base: 10_000, width: 8, scaling: .none).inverseFrequencies
        #expect(zip(plain, [1, 0.1, 0.01, 0.001]).allSatisfy { abs($0 / $1 - 1) < 1e-14 })
        let linear = try rotary(["head_dim": "8", "rope_theta": "10000", "rope_scaling": "{\"type\": \"linear\", \"factor\": 4}"])
        #expect(linear.inverseFrequencies == plain.map { $0 / 4 })
        let each = RotaryEmbedding(base: 10_000, width: 8, scaling: .each([1, 2, 4, 8])).inverseFrequencies
        #expect(each == zip(plain, [1.0, 2, 4, 8]).map { $0 / $1 })
    }

    /// transformers 5 (`convert_rope_params_to_dict`): the base stands in either object or at the top, and `rope_scaling` wins.
    @Test func theBaseIsFoundWhereverItStands() throws {
        let parameters = "{\"rope_type\": \"default\", \"rope_theta\": 7000}"
        let linear = "{\"rope_type\": \"linear\", \"factor\": 4.0}"
        let linearWithBase = "{\"type\": \"linear\", \"factor\": 4.0, \"rope_theta\": 9000}"
        for (changes, base, scaling) in [
            (["rope_parameters": "{\"rope_type\": \"default\"}", "rope_theta": "500000"], 500_000, .none),
            (["rope_parameters": linear, "rope_theta": "500000"], 500_000, .linear(factor: 4)),
            (["rope_parameters": parameters, "rope_theta": "500000"], 7000, .none),
            (["rope_scaling": linear, "rope_theta": "500000"], 500_000, .linear(factor: 4)),
            (["rope_scaling": linearWithBase, "rope_theta": "500000"], 9000, .linear(factor: 4)),
            (["rope_scaling": linearWithBase, "rope_parameters": parameters], 9000, .linear(factor: 4)),
            (["rope_scaling": linear, "rope_parameters": parameters, "rope_theta": "500000"], 500_000, .linear(factor: 4)),
            (["rope_scaling": "{}", "rope_parameters": parameters], 7000, .none),
            (["rope_scaling": "null", "rope_parameters": parameters], 7000, .none),
        ] as [([String: String], Double, RotaryEmbedding.Scaling)] {
            let found = try rotary(changes)
            #expect(found.base == base && found.scaling == scaling, "\(changes)")
        }
        text.expect(.unsupported(key: "partial_rotary_factor", found: "0.5"), ["partial_rotary_factor": "0.5"])
    }

    /// transformers' `_compute_llama3_parameters` for theta 500000, head_dim 16.
    @Test func llama3Frequencies() throws {
        let scaling = """
            {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
             "original_max_position_embeddings": 8192, "rope_theta": 500000.0}
            """
        let found = try rotary(["head_dim": "16", "rope_parameters": scaling]).inverseFrequencies
        let expected: [Double] = [
            1, 0.19392276, 0.037606031, 0.0072926651,
            0.00052484602, 3.4281024e-05, 6.6478697e-06, 1.2891732e-06,
        ]
        #expect(zip(found, expected).allSatisfy { abs($0 / $1 - 1) < 1e-6 }, "\(found)")
    }

    /// The defaults of `LlamaConfig`, and no predictions from a body with another head.
    @Test func keysThatAreMissing() throws {
        let c = try ConfigurationText(members: ["model_type": "\"llama\""]).read()
        #expect(c.layerCount == 32 && c.width == 4096 && c.headCount == 32 && c.innerWidth == 11008)
        #expect(c.contextLength == 2048 && c.vocabularySize == 32000 && c.epsilon == 1e-6 && c.unembedding == .separate)
        #expect(try text.read(["architectures": "[\"LlamaForSequenceClassification\"]"]).unembedding == .none)
        #expect(
            try text.read(["architectures": "[\"LlamaForQuestionAnswering\"]", "tie_word_embeddings": "true"]).unembedding == .none)
        let gpt2 = try ConfigurationText(members: [
            "model_type": "\"gpt2\"", "hidden_size": "24", "num_attention_heads": "3", "num_hidden_layers": "2",
            "max_position_embeddings": "9",
        ]).read()
        #expect(gpt2.width == 24 && gpt2.headCount == 3 && gpt2.layerCount == 2 && gpt2.contextLength == 9)
        #expect(gpt2.vocabularySize == 50257 && gpt2.epsilon == 1e-5 && gpt2.activation == .geluTanh)
        let bert = try ConfigurationText(members: ["model_type": "\"bert\"", "vocab_size": "7"]).read()
        #expect(bert.width == 768 && bert.epsilon == 1e-12 && bert.vocabularySize == 7 && bert.activation == .geluErf)
    }
}
