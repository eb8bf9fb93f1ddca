import Checkpoints
import Testing
import Transformer

/// The tensors of BERT and Llama by their names.
@Suite struct ArchitectureTensorsTests {
    private typealias Build = SafetensorsBuilder

    private func tensors(_ bytes: [UInt8], _ c: ModelConfiguration) throws(CheckpointError) -> CheckpointTensors {
        try CheckpointTensors(Checkpoint(SharedBytes(bytes), file: "w"), configuration: c)
    }

    private func expectError(
        _ expected: CheckpointError, _ bytes: [UInt8], _ c: ModelConfiguration,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: expected, sourceLocation: sourceLocation) { try tensors(bytes, c) }
    }

    @Test(arguments: ["", "bert."])
    func bert(prefix: String) throws {
        let c = try ConfigurationText.bert.read()
        let extra = [prefix + "embeddings.position_ids", prefix + "pooler.dense.weight", "cls.predictions.bias", "other"]
        let found = try tensors(Build.bert(c, prefix: prefix, extra: extra), c)
        #expect(found.unknownNames == ["other"])
        #expect(found.tokenEmbedding.shape == [10, 12] && found.positionEmbedding?.shape == [8, 12])
        #expect(found.segmentEmbedding?.shape == [2, 12] && found.embeddingNorm?.bias?.shape == [12])
        #expect(found.finalNorm == nil && found.unembedding == nil && found.layers.count == 2)
        let layer = found.layers[1]
        #expect(layer.norms[.ln1]?.gain?.name == prefix + "encoder.layer.1.attention.output.LayerNorm.weight")
        #expect(layer.norms[.ln2]?.gain?.name == prefix + "encoder.layer.1.output.LayerNorm.weight")
        #expect(layer.mlpGate == nil && layer.mlpInput.weight.shape == [20, 12] && layer.mlpInput.isTransposed)
        guard case .separate(let query, let key, let value) = layer.queryKeyValue else {
            Issue.record("queries, keys and values are stored apart")
            return
        }
        #expect(key.weight.name == prefix + "encoder.layer.1.attention.self.key.weight")
        #expect(layer.attentionInput.weight.shape == [36, 12] && layer.attentionInput.isTransposed)
        #expect(layer.attentionInput.weight.floats() == query.weight.floats() + key.weight.floats() + value.weight.floats())
        #expect(layer.attentionInput.bias?.row(13) == key.bias?.row(1))
        #expect(found.all.count == 5 + 2 * 16)
    }

    @Test func oldNamesOfNorms() throws {
        let c = try ConfigurationText.bert.read()
        let found = try tensors(Build.bert(c, gain: "gamma", bias: "beta"), c)
        #expect(found.layers[0].norms[.ln1]?.bias?.name == "encoder.layer.0.attention.output.LayerNorm.beta")
        #expect(found.unknownNames.isEmpty)
    }

    @Test(arguments: ["", "model."])
    func llama(prefix: String) throws {
        let c = try ConfigurationText.llama.read()
        let extra = [prefix + "layers.0.self_attn.rotary_emb.inv_freq", prefix + "other"]
        let found = try tensors(Build.llama(c, prefix: prefix, extra: extra), c)
        #expect(found.unknownNames == [prefix + "other"])
        #expect(found.positionEmbedding == nil && found.segmentEmbedding == nil && found.embeddingNorm == nil)
        #expect(found.finalNorm?.gain?.shape == [24] && found.finalNorm?.bias == nil)
        #expect(found.unembedding?.name == "lm_head.weight")
        let layer = found.layers[1]
        #expect(layer.attentionInput.weight.shape == [24 + 8 + 8, 24] && layer.attentionInput.bias == nil)
        #expect(layer.attentionOutput.weight.shape == [24, 24])
        #expect(layer.mlpGate?.weight.name == prefix + "layers.1.mlp.gate_proj.weight")
        #expect(layer.mlpInput.weight.name == prefix + "layers.1.mlp.up_proj.weight")
        #expect(layer.mlpOutput.weight.shape == [24, 20])
        #expect(found.all.count == 3 + 2 * 9)
    }

    @Test func llamaChoices() throws {
        let wide = try ConfigurationText.llama.read([
            "head_dim": "10", "attention_bias": "true", "mlp_bias": "true", "tie_word_embeddings": "true",
        ])
        let found = try tensors(Build.llama(wide, dropping: ["lm_head.weight"]), wide)
        #expect(found.unembedding == nil && found.unknownNames.isEmpty)
        #expect(found.layers[0].attentionInput.weight.shape == [100, 24])
        #expect(found.layers[0].attentionInput.bias?.shape == [100])
        #expect(found.layers[0].attentionOutput.weight.shape == [24, 60])
        #expect(found.layers[0].mlpGate?.bias?.shape == [20])
        let headless = try ConfigurationText.llama.read(["architectures": "[\"LlamaModel\"]"])
        #expect(try tensors(Build.llama(headless, prefix: ""), headless).unembedding == nil)
    }

    @Test func faults() throws {
        let llama = try ConfigurationText.llama.read()
        expectError(
            .missing(tensors: ["model.layers.1.mlp.gate_proj.weight", "lm_head.weight"], file: "w"),
            Build.llama(llama, dropping: ["lm_head.weight", "model.layers.1.mlp.gate_proj.weight"]), llama)
        let key = "model.layers.0.self_attn.k_proj.weight"
        expectError(
            .shape(tensor: key, expected: [8, 24], found: [24, 8]), Build.llama(llama, changing: [(key, [24, 8])]), llama)
        expectError(
            .missing(tensors: ["layers.0.input_layernorm.weight"], file: "w"),
            Build.llama(llama, prefix: "", dropping: ["layers.0.input_layernorm.weight"]), llama)
        let bert = try ConfigurationText.bert.read()
        expectError(
            .missing(tensors: ["embeddings.LayerNorm.bias"], file: "w"),
            Build.bert(bert, dropping: ["embeddings.LayerNorm.bias"]), bert)
        expectError(
            .shape(tensor: "embeddings.token_type_embeddings.weight", expected: [2, 12], found: [1, 12]),
            Build.bert(bert, changing: [("embeddings.token_type_embeddings.weight", [1, 12])]), bert)
    }

    /// What a wrapper put in front of every name is seen through.
    @Test(arguments: ["module.", "_orig_mod.", "module._orig_mod."]) func wrappers(wrapper: String) throws {
        let c = try ConfigurationText.bert.read()
        let found = try tensors(Build.bert(c, prefix: wrapper + "bert."), c)
        #expect(found.unknownNames.isEmpty && found.tokenEmbedding.shape == [10, 12])
    }

    /// transformers 5 ties an unembedding only where the file has no other.
    @Test func anUnembeddingOfItsOwnThoughTied() throws {
        let c = try ConfigurationText.llama.read(["tie_word_embeddings": "true"])
        let own = try ConfigurationText.llama.read()
        let expected = try tensors(Build.llama(own), own).unembedding
        let found = try tensors(Build.llama(own), c)
        #expect(found.unembedding?.floats() == expected?.floats() && found.unembedding != nil)
        #expect(found.unembedding?.floats() != found.tokenEmbedding.floats())
    }
}
