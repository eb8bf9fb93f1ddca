extension Family {
    /// The keys of transformers' `LlamaConfig`.
    static let llama = Family(names: .llama) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(.llama, llamaLike: reader)
        c.setAttentionBiases(try reader.bool("attention_bias", default: false))
        c.mlpHasBias = try reader.bool("mlp_bias", default: false)
        return c
    }
}

extension TensorNames {
    /// Llama: under `model.`, beside `lm_head`, or a `LlamaModel` alone.
    static let llama = TensorNames(
        prefix: "model.", tokenEmbedding: "embed_tokens", block: "layers.",
        norms: [
            .ln1: "input_layernorm", .ln2: "post_attention_layernorm", .qNorm: "self_attn.q_norm", .kNorm: "self_attn.k_norm",
        ],
        queryKeyValue: .separate(query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj"),
        attentionOutput: "self_attn.o_proj", mlpGate: "mlp.gate_proj", mlpInput: "mlp.up_proj", mlpOutput: "mlp.down_proj",
        finalNorm: "norm", ignorableEnds: ["rotary_emb.inv_freq"])

    /// As llama.cpp names them (`gguf-py/gguf/tensor_mapping.py`).
    static let llamaGGUF = TensorNames(
        prefix: "", tokenEmbedding: "token_embd", block: "blk.",
        norms: [.ln1: "attn_norm", .ln2: "ffn_norm", .qNorm: "attn_q_norm", .kNorm: "attn_k_norm"],
        queryKeyValue: .separate(query: "attn_q", key: "attn_k", value: "attn_v"), attentionOutput: "attn_output",
        mlpGate: "ffn_gate", mlpInput: "ffn_up", mlpOutput: "ffn_down", finalNorm: "output_norm", unembedding: "output",
        // Part of the configuration.
        ignorableBeginnings: ["rope_freqs."])
}

extension ModelConfiguration {
    /// A decoder with Llama's keys: RMSNorm before each sublayer, rotary positions in all layers, a gated MLP, and no biases.
    /// Families change what they have otherwise.
    ///
    /// - Parameters:
    ///   - headWidth: that of a head where `head_dim` is not given; nil: width / heads.
    ///   - keyValueHeads: where `num_key_value_heads` is not given (null means as many as queries); nil: as many as queries.
    ///   - hasRotary: false where the caller sets the positions.
    init(
        _ architecture: Architecture, llamaLike reader: ConfigurationReader, norm: NormPlan? = nil, tiedByDefault: Bool = false,
        headWidth: Int? = nil, keyValueHeads: Int? = nil, hasRotary: Bool = true, rotaryBase: Double = 10_000,
        rotaryShare: Double? = nil
    ) throws(ConfigurationError) {
        let norm = if let norm { norm } else { NormPlan(.rmsNorm, epsilon: try reader.epsilon("rms_norm_eps")) }
        self = try ModelConfiguration(
            architecture, reader, SizeKeys(headWidth: "head_dim"), norm: norm, tiedByDefault: tiedByDefault,
            headWidthByDefault: headWidth, keyValueHeadsByDefault: keyValueHeads)
        mlpForm = .gated
        activation = try reader.activation("hidden_act", default: .silu)
        if hasRotary { setRotary(try RotaryEmbedding(reader, headWidth: self.headWidth, base: rotaryBase, share: rotaryShare)) }
    }
}
