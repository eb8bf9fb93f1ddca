import Foundation
import TestSupport
import Transformer

extension TemporaryDirectory {
    /// A GPT-2 of any size whose weights repeat a pattern, in a folder of this directory: for what depends on sizes alone.
    func patternedModel(layers: Int, heads: Int, width: Int) throws -> Model {
        var shapes: [(name: String, shape: [Int])] = [("wte.weight", [8, width]), ("wpe.weight", [8, width])]
        for layer in 0..<layers {
            for (name, shape) in [
                ("ln_1.weight", [width]), ("ln_1.bias", [width]), ("attn.c_attn.weight", [width, 3 * width]),
                ("attn.c_attn.bias", [3 * width]),
                ("attn.c_proj.weight", [width, width]), ("attn.c_proj.bias", [width]), ("ln_2.weight", [width]),
                ("ln_2.bias", [width]),
                ("mlp.c_fc.weight", [width, 1]), ("mlp.c_fc.bias", [1]), ("mlp.c_proj.weight", [1, width]),
                ("mlp.c_proj.bias", [width]),
            ] { shapes.append(("h.\(layer).\(name)", shape)) }
        }
        shapes += [("ln_f.weight", [width]), ("ln_f.bias", [width])]
        var offset = 0
        var entries: [String] = []
        for (name, shape) in shapes {
            let end = offset + 4 * shape.reduce(1, *)
            entries.append("\"\(name)\": {\"dtype\": \"F32\", \"shape\": \(shape), \"data_offsets\": [\(offset), \(end)]}")
            offset = end
        }
        let header = Array("{\(entries.joined(separator: ", "))}".utf8)
        let values = (0..<offset / 4).map { Float($0 % 7) / 8 - 0.25 }
        let bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header + values.withUnsafeBytes(Array.init)
        let folder = "patterned-\(layers)-\(heads)-\(width)"
        try FileManager.default.createDirectory(atPath: place(folder), withIntermediateDirectories: true)
        _ = try write(folder + "/model.safetensors", bytes)
        _ = try write(
            folder + "/config.json",
            """
            {"model_type": "gpt2", "n_layer": \(layers), "n_head": \(heads), "n_embd": \(width), "n_inner": 1, "n_positions": 8,
             "vocab_size": 8, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"}
            """)
        return try Model(directory: place(folder))
    }
}
