import Checkpoints
import Transformer

/// Makes safetensors files by hand, right or wrong.
enum SafetensorsBuilder {
    /// A file of this header text and so many data bytes.
    static func file(header: String, dataCount: Int = 0, length: UInt64? = nil) -> [UInt8] {
        let text = Array(header.utf8)
        return prefix(length ?? UInt64(text.count)) + text + [UInt8](repeating: 0, count: dataCount)
    }

    /// A header's length as the format has it.
    static func prefix(_ length: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    }

    /// A valid file of these tensors, in order.
    static func file(_ tensors: [(name: String, dtype: DType, shape: [Int], bytes: [UInt8])]) -> [UInt8] {
        var entries: [String] = []
        var data: [UInt8] = []
        for tensor in tensors {
            let end = data.count + tensor.bytes.count
            entries.append(entry(tensor.name, tensor.dtype.rawValue, tensor.shape, [data.count, end]))
            data += tensor.bytes
        }
        let text = Array(("{" + entries.joined(separator: ",") + "}").utf8)
        return prefix(UInt64(text.count)) + text + data
    }

    /// One tensor's line of a header.
    static func entry(_ name: String, _ dtype: String, _ shape: [Int], _ offsets: [Int]) -> String {
        "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    /// F32 bytes of some values.
    static func bytes(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    }

    /// Every tensor of a GPT-2 of this configuration, filled with its number.
    static func gpt2(
        _ configuration: ModelConfiguration, prefix: String = "", changing: [String: [Int]] = [:],
        dropping: Set<String> = [], extra: [String] = []
    ) -> [UInt8] {
        let (d, h) = (configuration.width, configuration.innerWidth)
        var shapes: [(String, [Int])] = [
            ("wte.weight", [configuration.vocabularySize, d]), ("wpe.weight", [configuration.contextLength, d]),
            ("ln_f.weight", [d]), ("ln_f.bias", [d]),
        ]
        for layer in 0..<configuration.layerCount {
            for (name, rows, columns) in [
                ("ln_1", 0, d), ("attn.c_attn", d, 3 * d), ("attn.c_proj", d, d), ("ln_2", 0, d),
                ("mlp.c_fc", d, h), ("mlp.c_proj", h, d),
            ] {
                shapes.append(("h.\(layer).\(name).weight", rows == 0 ? [columns] : [rows, columns]))
                shapes.append(("h.\(layer).\(name).bias", [columns]))
            }
        }
        return file(
            shapes.map { (prefix + $0, $1) }, changing: changing.map { (prefix + $0, $1) },
            dropping: dropping.map { prefix + $0 }, extra: extra)
    }

    /// Every tensor of a BERT of this configuration, filled with its number.
    static func bert(
        _ c: ModelConfiguration, prefix: String = "", gain: String = "weight", bias: String = "bias",
        changing: [(String, [Int])] = [], dropping: [String] = [], extra: [String] = []
    ) -> [UInt8] {
        let (d, h) = (c.width, c.innerWidth)
        var shapes: [(String, [Int])] = [
            ("embeddings.word_embeddings.weight", [c.vocabularySize, d]),
            ("embeddings.position_embeddings.weight", [c.contextLength, d]),
            ("embeddings.token_type_embeddings.weight", [c.segmentCount, d]),
            ("embeddings.LayerNorm.\(gain)", [d]), ("embeddings.LayerNorm.\(bias)", [d]),
        ]
        for layer in 0..<c.layerCount {
            let block = "encoder.layer.\(layer)."
            for (name, rows, columns) in [
                ("attention.self.query", d, d), ("attention.self.key", d, d), ("attention.self.value", d, d),
                ("attention.output.dense", d, d), ("intermediate.dense", h, d), ("output.dense", d, h),
            ] {
                shapes += [(block + name + ".weight", [rows, columns]), (block + name + ".bias", [rows])]
            }
            for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
                shapes += [(block + name + ".\(gain)", [d]), (block + name + ".\(bias)", [d])]
            }
        }
        return file(shapes.map { (prefix + $0, $1) }, changing: changing, dropping: dropping, extra: extra)
    }

    /// Every tensor of a Llama of this configuration, filled with its number.
    static func llama(
        _ c: ModelConfiguration, prefix: String = "model.", changing: [(String, [Int])] = [], dropping: [String] = [],
        extra: [String] = []
    ) -> [UInt8] {
        let (d, a, k, h) = (c.width, c.headCount * c.headWidth, c.keyValueHeadCount * c.headWidth, c.innerWidth)
        var shapes: [(String, [Int])] = [(prefix + "embed_tokens.weight", [c.vocabularySize, d]), (prefix + "norm.weight", [d])]
        for layer in 0..<c.layerCount {
            let block = prefix + "layers.\(layer)."
            for (name, rows, columns, bias) in [
                ("self_attn.q_proj", a, d, c.attentionHasBias), ("self_attn.k_proj", k, d, c.attentionHasBias),
                ("self_attn.v_proj", k, d, c.attentionHasBias), ("self_attn.o_proj", d, a, c.attentionHasBias),
                ("mlp.gate_proj", h, d, c.mlpHasBias), ("mlp.up_proj", h, d, c.mlpHasBias),
                ("mlp.down_proj", d, h, c.mlpHasBias),
            ] {
                shapes.append((block + name + ".weight", [rows, columns]))
                if bias { shapes.append((block + name + ".bias", [rows])) }
            }
            shapes += [(block + "input_layernorm.weight", [d]), (block + "post_attention_layernorm.weight", [d])]
        }
        if c.unembedding == .separate { shapes.append(("lm_head.weight", [c.vocabularySize, d])) }
        return file(shapes, changing: changing, dropping: dropping, extra: extra)
    }

    private static func file(
        _ shapes: [(String, [Int])], changing: [(String, [Int])], dropping: [String], extra: [String]
    ) -> [UInt8] {
        var tensors: [(name: String, dtype: DType, shape: [Int], bytes: [UInt8])] = []
        for (number, (name, shape)) in shapes.enumerated() where !dropping.contains(name) {
            let shape = changing.first { $0.0 == name }?.1 ?? shape
            let values = [Float](repeating: Float(number), count: shape.reduce(1, *))
            tensors.append((name, .f32, shape, bytes(values)))
        }
        for name in extra { tensors.append((name, .f32, [1], bytes([0]))) }
        return file(tensors)
    }
}
