extension Family {
    /// ReLU, learned positions from 2 on. With `do_layer_norm_before` false (the 350m) norms follow the sums and none stands at
    /// the end; where the embedding is of another width, matrices lead to the stream and back.
    static let opt = Family(
        names: TensorNames(
            prefix: "model.", tokenEmbedding: "decoder.embed_tokens", positionEmbedding: "decoder.embed_positions",
            projectionIn: "decoder.project_in", block: "decoder.layers.",
            norms: [.ln1: "self_attn_layer_norm", .ln2: "final_layer_norm"],
            queryKeyValue: .separate(query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj"),
            attentionOutput: "self_attn.out_proj", mlpInput: "fc1", mlpOutput: "fc2", finalNorm: "decoder.final_layer_norm",
            projectionOut: "decoder.project_out")
    ) { (reader) throws(ConfigurationError) in
        let hasParameters = try reader.bool("layer_norm_elementwise_affine", default: true)
        var c = try ModelConfiguration(
            .opt, reader, SizeKeys(keyValueHeads: nil, inner: "ffn_dim"),
            norm: NormPlan(.layerNorm, epsilon: 1e-5, hasWeight: hasParameters, hasBias: hasParameters), tiedByDefault: true)
        if reader.optional("word_embed_proj_dim") != nil {
            c.embeddingWidth = try reader.size("word_embed_proj_dim", limit: ModelConfiguration.widthLimit)
        }
        c.positionOffset = 2
        c.activation = try reader.activation("activation_function", default: .relu)
        if try reader.bool("enable_bias", default: true) { c.setBiases() }
        let isPre = try reader.bool("do_layer_norm_before", default: true)
        if !isPre { c.setSteps(.post) }
        let removesFinal = try reader.bool("_remove_final_layer_norm", default: false)
        c.hasFinalNorm = isPre && !removesFinal
        return c
    }
}
