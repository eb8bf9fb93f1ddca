extension Family {
    /// The keys of transformers' `GPT2Config`. Names are those of the published repository (`h.0.ln_1.weight`), or those that
    /// transformers saves (`transformer.h.0.ln_1.weight`). Older versions saved the causal mask as buffers.
    static let gpt2 = Family(
        names: TensorNames(
            prefix: "transformer.", tokenEmbedding: "wte", positionEmbedding: "wpe", block: "h.",
            norms: [.ln1: "ln_1", .ln2: "ln_2"], queryKeyValue: .fused("attn.c_attn"), attentionOutput: "attn.c_proj",
            mlpInput: "mlp.c_fc", mlpOutput: "mlp.c_proj", finalNorm: "ln_f", areTransposed: false,
            ignorableEnds: [".attn.bias", ".attn.masked_bias"])
    ) { (reader) throws(ConfigurationError) in
        let keys = SizeKeys(
            layers: "n_layer", width: "n_embd", heads: "n_head", keyValueHeads: nil, inner: "n_inner", context: "n_positions")
        var c = try ModelConfiguration(
            .gpt2, reader, keys, norm: NormPlan(.layerNorm, epsilon: reader.epsilon("layer_norm_epsilon")), tiedByDefault: true,
            innerByDefault: 4)
        c.positionOffset = 0
        c.activation = try reader.activation("activation_function", default: .geluTanh)
        c.setBiases()
        let isScaled = try reader.bool("scale_attn_weights", default: true)
        let isScaledByLayer = try reader.bool("scale_attn_by_inverse_layer_idx", default: false)
        for index in c.layers.indices {
            if !isScaled { c.layers[index].attention.scale = 1 }
            if isScaledByLayer { c.layers[index].attention.scale /= Double(index + 1) }
        }
        try reader.refuse("add_cross_attention")
        return c
    }
}
