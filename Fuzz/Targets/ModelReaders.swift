import Checkpoints
import Foundation
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

    /// Two shards in a directory of their own, for this process.
    private static let shards: Result<URL, any Error> = Result {
        let directory = InputReaders.scratch.appendingPathComponent("actrec-fuzz-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (name, bytes) in zip(["a", "b"], Seeds.safetensors) {
            try Data(bytes).write(to: directory.appendingPathComponent("\(name).safetensors"))
        }
        atexit {
            if case .success(let directory) = ModelReaders.shards { try? FileManager.default.removeItem(at: directory) }
        }
        return directory
    }

    /// An index beside its shards.
    static func safetensorsIndex(_ bytes: [UInt8]) throws(FuzzFinding) {
        let directory: URL
        do {
            directory = try shards.get()
            try Data(bytes).write(to: directory.appendingPathComponent("model.safetensors.index.json"))
        } catch { throw FuzzFinding(description: "no place for the shards: \(error)") }
        guard let checkpoint = try? Checkpoint(directory: directory.path) else { return }
        for name in checkpoint.names { _ = try? checkpoint.view(name, shape: [2, 3]).floats() }
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
        read(file)
    }

    /// The files of one that is split, one after another; each begins with its mark.
    static func splitGGUF(_ bytes: [UInt8]) {
        let mark = Array("GGUF".utf8)
        let starts = bytes.indices.filter { bytes[$0...].starts(with: mark) }
        let files = zip(starts, starts.dropFirst() + [bytes.count]).map { Array(bytes[$0..<$1]) }
        var splits: [GGUF] = []
        for (index, file) in files.prefix(16).enumerated() {
            guard let file = try? GGUF(SharedBytes(file), file: "g\(index)") else { return }
            splits.append(file)
        }
        guard var whole = splits.first, (try? whole.join(Array(splits.dropFirst()))) != nil else { return }
        read(whole)
    }

    private static func read(_ file: GGUF) {
        for name in file.tensors.keys {
            if let view = file.view(name), view.rowCount > 0 { _ = view.row(view.rowCount - 1) }
        }
        for case .array(let array) in file.metadata.values { _ = (array.strings, array.int32s) }
        if let tokenizer = try? TokenizerPipeline(gguf: file) { TokenizerReaders.exercise(tokenizer) }
        guard let configuration = try? ModelConfiguration(gguf: file) else { return }
        _ = try? CheckpointTensors(Checkpoint(file, configuration: configuration), configuration: configuration)
    }
}
