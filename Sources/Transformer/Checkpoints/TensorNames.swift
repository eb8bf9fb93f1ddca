/// What the checkpoints of an architecture call their tensors, and which of them they have.
///
/// Names go without the prefix that a checkpoint may put in front of all, and without `.weight` and `.bias`.
struct TensorNames {
    /// How queries, keys and values are stored.
    enum QueryKeyValue {
        case fused(String)
        case separate(query: String, key: String, value: String)
    }

    /// What a model saved as part of a larger one puts in front: all names have it, or none.
    let prefix: String
    let tokenEmbedding: String
    var positionEmbedding: String?
    var segmentEmbedding: String?
    var embeddingNorm: String?
    /// What a block's names begin with, before its number.
    let block: String
    let norm1: String
    let queryKeyValue: QueryKeyValue
    let attentionOutput: String
    let norm2: String
    var mlpGate: String?
    let mlpInput: String
    let mlpOutput: String
    var finalNorm: String?
    /// Never has the prefix.
    var unembedding = "lm_head"
    /// Whether matrices are [out, in], as PyTorch's Linear has them.
    let areTransposed: Bool
    /// How names end, or begin after the prefix, of what is known and not needed.
    var ignorableEnds: [String] = []
    var ignorableBeginnings: [String] = []

    /// A tied unembedding may be saved too; transformers uses the token embedding instead.
    func isIgnorable(_ name: String) -> Bool {
        let bare = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        // Heads that predict no tokens.
        let heads = ["score.", "classifier.", "qa_outputs."]
        return name == unembedding + ".weight" || heads.contains { name.hasPrefix($0) } || ignorableEnds.contains { bare.hasSuffix($0) }
            || ignorableBeginnings.contains { bare.hasPrefix($0) }
    }

    init(_ architecture: ModelConfiguration.Architecture, _ naming: Checkpoint.Naming) {
        switch (architecture, naming) {
        case (.gpt2, _): self = .gpt2
        case (.bert, _): self = .bert
        case (.llama, .huggingFace): self = .llama
        case (.llama, .gguf): self = .llamaGGUF
        }
    }
}

extension TensorNames {
    private init(
        prefix: String, tokenEmbedding: String, block: String, norm1: String, queryKeyValue: QueryKeyValue,
        attentionOutput: String, norm2: String, mlpInput: String, mlpOutput: String, areTransposed: Bool
    ) {
        self.prefix = prefix
        self.tokenEmbedding = tokenEmbedding
        self.block = block
        self.norm1 = norm1
        self.queryKeyValue = queryKeyValue
        self.attentionOutput = attentionOutput
        self.norm2 = norm2
        self.mlpInput = mlpInput
        self.mlpOutput = mlpOutput
        self.areTransposed = areTransposed
    }

    /// GPT-2 in either naming: the published repository's bare names (`h.0.ln_1.weight`), or those that transformers
    /// saves (`transformer.h.0.ln_1.weight`). Older versions saved the causal mask as buffers.
    static let gpt2 = {
        var names = TensorNames(
            prefix: "transformer.", tokenEmbedding: "wte", block: "h.", norm1: "ln_1", queryKeyValue: .fused("attn.c_attn"),
            attentionOutput: "attn.c_proj", norm2: "ln_2", mlpInput: "mlp.c_fc", mlpOutput: "mlp.c_proj",
            areTransposed: false)
        names.positionEmbedding = "wpe"
        names.finalNorm = "ln_f"
        names.ignorableEnds = [".attn.bias", ".attn.masked_bias"]
        return names
    }()

    /// BERT: a `BertModel` alone, or under `bert.` in a model with a head. Pooler and heads are not recorded.
    static let bert = {
        var names = TensorNames(
            prefix: "bert.", tokenEmbedding: "embeddings.word_embeddings", block: "encoder.layer.",
            norm1: "attention.output.LayerNorm",
            queryKeyValue: .separate(
                query: "attention.self.query", key: "attention.self.key", value: "attention.self.value"),
            attentionOutput: "attention.output.dense", norm2: "output.LayerNorm", mlpInput: "intermediate.dense",
            mlpOutput: "output.dense", areTransposed: true)
        names.positionEmbedding = "embeddings.position_embeddings"
        names.segmentEmbedding = "embeddings.token_type_embeddings"
        names.embeddingNorm = "embeddings.LayerNorm"
        names.ignorableEnds = ["embeddings.position_ids", "embeddings.token_type_ids"]
        names.ignorableBeginnings = ["pooler.", "cls.", "classifier.", "qa_outputs."]
        return names
    }()

    /// Llama: under `model.`, beside `lm_head`, or a `LlamaModel` alone.
    static let llama = {
        var names = TensorNames(
            prefix: "model.", tokenEmbedding: "embed_tokens", block: "layers.", norm1: "input_layernorm",
            queryKeyValue: .separate(query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj"),
            attentionOutput: "self_attn.o_proj", norm2: "post_attention_layernorm", mlpInput: "mlp.up_proj",
            mlpOutput: "mlp.down_proj", areTransposed: true)
        names.mlpGate = "mlp.gate_proj"
        names.finalNorm = "norm"
        names.ignorableEnds = ["rotary_emb.inv_freq"]
        return names
    }()

    /// Llama as llama.cpp names it (`gguf-py/gguf/tensor_mapping.py`).
    static let llamaGGUF = {
        var names = TensorNames(
            prefix: "", tokenEmbedding: "token_embd", block: "blk.", norm1: "attn_norm",
            queryKeyValue: .separate(query: "attn_q", key: "attn_k", value: "attn_v"), attentionOutput: "attn_output",
            norm2: "ffn_norm", mlpInput: "ffn_up", mlpOutput: "ffn_down", areTransposed: true)
        names.mlpGate = "ffn_gate"
        names.finalNorm = "output_norm"
        names.unembedding = "output"
        // Part of the configuration.
        names.ignorableBeginnings = ["rope_freqs."]
        return names
    }()
}
