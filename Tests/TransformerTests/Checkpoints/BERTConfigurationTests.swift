import Testing

import Transformer

@Suite struct BERTConfigurationTests {
    private let text = ConfigurationText.bert

    @Test func reads() throws {
        let c = try text.read()
        #expect(c.architecture == .bert && c.normKind == .layerNorm && c.normPlacement == .post)
        #expect(c.layerCount == 2 && c.width == 12 && c.headCount == 3 && c.headWidth == 4 && c.keyValueHeadCount == 3)
        #expect(c.innerWidth == 20 && c.contextLength == 8 && c.vocabularySize == 10 && c.segmentCount == 2)
        #expect(c.epsilon == 1e-12 && c.activation == .geluErf && c.layers[1].attention.scale == 0.5)
        #expect(c.positionEmbedding == .learned && c.attentionMask == .bidirectional && c.mlpForm == .plain)
        #expect(c.normalizesEmbeddings && !c.hasFinalNorm && c.unembedding == .none && !c.tiesEmbeddings)
        #expect(try text.read(["hidden_act": "\"gelu_new\"", "position_embedding_type": "\"absolute\""]).activation == .geluTanh)
    }

    @Test func sizes() {
        text.expectSizes([
            "num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size", "max_position_embeddings",
            "vocab_size", "type_vocab_size",
        ])
        text.expectEpsilon("layer_norm_eps")
    }

    @Test func refusals() {
        text.expect(
            .doesNotDivide(key: "num_attention_heads", value: 5, ofKey: "hidden_size", of: 12),
            ["num_attention_heads": "5"])
        text.expect(
            .unsupported(key: "position_embedding_type", found: "relative_key"),
            ["position_embedding_type": "\"relative_key\""])
        text.expect(.unsupported(key: "is_decoder", found: "true"), ["is_decoder": "true"])
        text.expect(.unsupported(key: "add_cross_attention", found: "true"), ["add_cross_attention": "true"])
        text.expect(.unsupported(key: "hidden_act", found: "mish"), ["hidden_act": "\"mish\""])
        text.expect(
            .unsupported(key: "quantization_config", found: "\"gptq\""),
            ["quantization_config": "{\"quant_method\": \"gptq\"}"])
    }
}
