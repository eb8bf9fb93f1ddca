import Checkpoints
import Tokenizers
import Transformer

/// Readers of checkpoints.
enum ModelReaders {
    static func safetensors(_ bytes: [UInt8]) {
        guard let file = try? Safetensors(SharedBytes(bytes), file: "f") else { return }
        // What opens can be read to its end.
        for name in file.tensors.keys {
            _ = file.view(name)?.floats()
            _ = file.bytes(of: name)?.count
        }
    }

    static func configuration(_ bytes: [UInt8]) {
        guard let configuration = try? ModelConfiguration(json: SharedBytes(bytes), file: "c") else { return }
        _ = configuration.layers.last?.attention.scale
        // A checkpoint of it that has nothing is refused by names, however many layers there should be.
        if let empty = try? Checkpoint(SharedBytes([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)), file: "w") {
            _ = try? CheckpointTensors(empty, configuration: configuration)
        }
    }

    static func gguf(_ bytes: [UInt8]) {
        guard let file = try? GGUF(SharedBytes(bytes), file: "g") else { return }
        for name in file.tensors.keys {
            if let view = file.view(name), view.rowCount > 0 { _ = view.row(view.rowCount - 1) }
        }
        for case .array(let array) in file.metadata.values { _ = (array.strings, array.int32s) }
        if let tokenizer = try? TokenizerPipeline(gguf: file) { TokenizerReaders.exercise(tokenizer) }
        guard let configuration = try? ModelConfiguration(gguf: file) else { return }
        _ = try? CheckpointTensors(Checkpoint(file, configuration: configuration), configuration: configuration)
    }
}
