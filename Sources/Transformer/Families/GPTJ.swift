extension Family {
    /// Attention and MLP side by side, reading one norm; neighbouring features are turned together.
    static let gptj = Family(
        names: TensorNames(
            prefix: "transformer.", tokenEmbedding: "wte", block: "h.", norms: [.ln1: "ln_1"],
            queryKeyValue: .separate(query: "attn.q_proj", key: "attn.k_proj", value: "attn.v_proj"),
            attentionOutput: "attn.out_proj", mlpInput: "mlp.fc_in", mlpOutput: "mlp.fc_out", finalNorm: "ln_f",
            ignorableEnds: [".attn.bias", ".attn.masked_bias"])
    ) { (reader) throws(ConfigurationError) in
        let keys = SizeKeys(
            layers: "n_layer", width: "n_embd", heads: "n_head", keyValueHeads: nil, inner: "n_inner", context: "n_positions")
        var c = try ModelConfiguration(
            .gptj, reader, keys, norm: NormPlan(.layerNorm, epsilon: reader.epsilon("layer_norm_epsilon", default: 1e-5)),
            innerByDefault: 4)
        c.setSteps(.parallelShared)
        c.mlpHasBias = true
        c.unembeddingHasBias = true
        c.activation = try reader.activation("activation_function", default: .geluTanh)
        // Null turns all of a head.
        let width =
            reader.isNull("rotary_dim")
            ? c.headWidth
            : reader.optional("rotary_dim") == nil ? 64 : try reader.size("rotary_dim", limit: ModelConfiguration.headLimit)
        var rotary = RotaryEmbedding(base: 10_000, width: width, scaling: .none)
        guard width.isMultiple(of: 2), width <= c.headWidth else {
            throw reader.error(
                .outOfRange(key: "rotary_dim", found: "\(width)", expected: "an even number, at most \(c.headWidth)"))
        }
        rotary.turnsNeighbours = true
        c.setRotary(rotary)
        return c
    }

    /// Scores that are not scaled, and windows in the layers that `attention_types` calls `local`.
    static let gptNeo = Family(
        names: TensorNames(
            prefix: "transformer.", tokenEmbedding: "wte", positionEmbedding: "wpe", block: "h.",
            norms: [.ln1: "ln_1", .ln2: "ln_2"],
            queryKeyValue: .separate(
                query: "attn.attention.q_proj", key: "attn.attention.k_proj", value: "attn.attention.v_proj"),
            attentionOutput: "attn.attention.out_proj", mlpInput: "mlp.c_fc", mlpOutput: "mlp.c_proj", finalNorm: "ln_f",
            ignorableEnds: [".attn.attention.bias", ".attn.attention.masked_bias"])
    ) { (reader) throws(ConfigurationError) in
        var c = try ModelConfiguration(
            .gptNeo, reader, SizeKeys(layers: "num_layers", heads: "num_heads", keyValueHeads: nil),
            norm: NormPlan(.layerNorm, epsilon: reader.epsilon("layer_norm_epsilon", default: 1e-5)), tiedByDefault: true,
            innerByDefault: 4)
        c.positionOffset = 0
        c.attentionOutputHasBias = true
        c.mlpHasBias = true
        c.activation = try reader.activation("activation_function", default: .geluTanh)
        let window = try reader.window("window_size", default: 256)
        let isLocal = try reader.localLayers(count: c.layerCount)
        for index in c.layers.indices {
            c.layers[index].attention.scale = 1
            if isLocal[index] { c.layers[index].attention.window = window }
        }
        return c
    }
}

extension ConfigurationReader {
    /// `attention_types`, [[["global", "local"], 12]]: the kinds, and how many times they come one after another.
    fileprivate func localLayers(count: Int) throws(ConfigurationError) -> [Bool] {
        guard let value = optional("attention_types") else { return (0..<count).map { !$0.isMultiple(of: 2) } }
        var kinds: [String] = []
        if case .array(let entries) = value {
            for case .array(let entry) in entries {
                guard entry.count == 2, case .array(let names) = entry[0], case .integer(let times) = entry[1],
                    (0...count).contains(times)
                else { continue }
                let texts = names.compactMap { if case .string(let text) = $0 { text } else { nil } }
                for _ in 0..<times { kinds += texts }
            }
        }
        guard kinds.count == count, kinds.allSatisfy({ $0 == "global" || $0 == "local" }) else {
            throw error(
                .outOfRange(
                    key: path("attention_types"), found: value.summary, expected: "global or local for \(count) layers"))
        }
        return kinds.map { $0 == "local" }
    }
}
