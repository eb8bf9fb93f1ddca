extension Family {
    /// Attention and MLP side by side, a norm before each (Pythia); `use_parallel_residual` false: one after the other.
    static let gptNeoX = Family(
        names: TensorNames(
            prefix: "gpt_neox.", tokenEmbedding: "embed_in", block: "layers.",
            norms: [.ln1: "input_layernorm", .ln2: "post_attention_layernorm"],
            queryKeyValue: .fusedByHead("attention.query_key_value"), attentionOutput: "attention.dense",
            mlpInput: "mlp.dense_h_to_4h", mlpOutput: "mlp.dense_4h_to_h", finalNorm: "final_layer_norm",
            otherUnembedding: "embed_out",
            ignorableEnds: [".attention.bias", ".attention.masked_bias", ".attention.rotary_emb.inv_freq"])
    ) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(
            .gptNeoX, reader, SizeKeys(keyValueHeads: nil),
            norm: NormPlan(.layerNorm, epsilon: reader.epsilon("layer_norm_eps", default: 1e-5)))
        if try reader.bool("use_parallel_residual", default: true) { c.setSteps(.parallel) }
        c.setBiases()
        c.setAttentionBiases(try reader.bool("attention_bias", default: true))
        c.activation = try reader.activation("hidden_act", default: .geluErf)
        c.setRotary(
            try RotaryEmbedding(
                reader, headWidth: c.headWidth, share: 0.25, baseKey: "rotary_emb_base", shareKey: "rotary_pct"))
        return c
    }
}
