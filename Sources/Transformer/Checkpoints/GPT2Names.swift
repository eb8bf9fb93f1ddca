extension CheckpointTensors {
    /// GPT-2 in either naming: the published repository's bare names (`h.0.ln_1.weight`), or those that transformers
    /// saves (`transformer.h.0.ln_1.weight`). `lm_head.weight` never has the prefix.
    init(gpt2 checkpoint: Checkpoint, configuration: ModelConfiguration) throws(CheckpointError) {
        let names = GPT2Names(checkpoint)
        let width = configuration.width
        let inner = configuration.innerWidth

        let needed = names.needed(layerCount: configuration.layerCount, tied: configuration.tiesEmbeddings)
        let missing = needed.filter { !checkpoint.contains($0) }
        guard missing.isEmpty else { throw .missing(tensors: missing, file: checkpoint.file) }

        func norm(_ name: String) throws(CheckpointError) -> Norm {
            Norm(
                gain: try checkpoint.view(names.prefix + name + ".weight", shape: [width]),
                bias: try checkpoint.view(names.prefix + name + ".bias", shape: [width]))
        }
        func linear(_ name: String, _ rows: Int, _ columns: Int) throws(CheckpointError) -> Linear {
            Linear(
                weight: try checkpoint.view(names.prefix + name + ".weight", shape: [rows, columns]),
                bias: try checkpoint.view(names.prefix + name + ".bias", shape: [columns]),
                isTransposed: false)
        }

        tokenEmbedding = try checkpoint.view(
            names.prefix + "wte.weight", shape: [configuration.vocabularySize, width])
        positionEmbedding = try checkpoint.view(
            names.prefix + "wpe.weight", shape: [configuration.contextLength, width])
        var layers: [Layer] = []
        for index in 0..<configuration.layerCount {
            let block = "h.\(index)."
            layers.append(
                Layer(
                    norm1: try norm(block + "ln_1"),
                    attentionInput: try linear(block + "attn.c_attn", width, 3 * width),
                    attentionOutput: try linear(block + "attn.c_proj", width, width),
                    norm2: try norm(block + "ln_2"),
                    mlpInput: try linear(block + "mlp.c_fc", width, inner),
                    mlpOutput: try linear(block + "mlp.c_proj", inner, width)))
        }
        self.layers = layers
        finalNorm = try norm("ln_f")
        unembedding =
            configuration.tiesEmbeddings
            ? nil : try checkpoint.view("lm_head.weight", shape: [configuration.vocabularySize, width])

        let known = Set(needed)
        unknownNames = checkpoint.names.filter { !known.contains($0) && !names.isIgnorable($0) }.sorted()
    }
}

/// The names of GPT-2's tensors in one checkpoint.
struct GPT2Names {
    /// `transformer.` or nothing, the same for the whole checkpoint.
    let prefix: String

    init(_ checkpoint: Checkpoint) {
        prefix = checkpoint.names.contains { $0.hasPrefix("transformer.") } ? "transformer." : ""
    }

    /// Every tensor a model of so many layers needs.
    func needed(layerCount: Int, tied: Bool) -> [String] {
        var names = ["wte.weight", "wpe.weight"]
        for index in 0..<layerCount {
            for part in ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"] {
                names += ["h.\(index).\(part).weight", "h.\(index).\(part).bias"]
            }
        }
        names += ["ln_f.weight", "ln_f.bias"]
        return names.map { prefix + $0 } + (tied ? [] : ["lm_head.weight"])
    }

    /// Known but not needed: the causal mask, which older versions saved as buffers, and a tied `lm_head`, of which
    /// transformers uses the token embedding instead.
    func isIgnorable(_ name: String) -> Bool {
        name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias") || name == "lm_head.weight"
    }
}
