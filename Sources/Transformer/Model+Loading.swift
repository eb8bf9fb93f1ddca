import Checkpoints
import EmbeddedModel
import Foundation
import Tokenizers

extension Model {
    /// The name of the model inside the binary.
    public static let embeddedName = "gpt2-micro"

    /// Loads the embedded model or a sample by its name, a GGUF file, or a directory with one or in Hugging Face layout:
    /// `config.json`, `model.safetensors` (or shards with an index), `tokenizer.json` (or `vocab.json` and `merges.txt`,
    /// or `vocab.txt`).
    public init(named name: String) throws(ModelError) {
        if name == Self.embeddedName { self = try Model.embedded(); return }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: name, isDirectory: &isDirectory) else {
            if let sample = SampleModel(rawValue: name) {
                guard sample.isThere else { throw .sampleNotThere(sample) }
                self = try Model(directory: sample.directory)
                return
            }
            throw .notFound(name: name, known: [Self.embeddedName])
        }
        if !isDirectory.boolValue, Self.isGGUF(name) { self = try Model(ggufFile: name); return }
        guard isDirectory.boolValue else { throw .notFound(name: name, known: [Self.embeddedName]) }
        try self.init(directory: name)
    }

    /// Loads a directory in Hugging Face layout, or with one GGUF file and no `config.json`. The weights are mapped, not read.
    /// The model is called `name`, or by the directory's own name.
    public init(directory: String, name: String? = nil) throws(ModelError) {
        let url = URL(fileURLWithPath: directory).standardizedFileURL
        let path = url.path
        if let file = Self.onlyGGUFFile(in: path) {
            self = try Model(ggufFile: file, name: name ?? url.lastPathComponent)
            return
        }
        let configuration: SharedBytes
        let checkpoint: Checkpoint
        if !FileManager.default.fileExists(atPath: path + "/config.json") {
            throw .noConfiguration(directory: path, ggufFiles: Self.ggufFiles(in: path))
        }
        do throws(FileError) {
            configuration = SharedBytes(try MappedFile(path: path + "/config.json"))
        } catch { throw .file(error) }
        do throws(CheckpointError) { checkpoint = try Checkpoint(directory: path) } catch { throw .checkpoint(error) }
        let (tokenizer, fault) = Self.readable { () throws(TokenizerLoadError) in try loadTokenizer(directory: path) }
        try self.init(
            name: name ?? url.lastPathComponent, source: path, configuration: configuration, checkpoint: checkpoint,
            tokenizer: tokenizer)
        tokenizerFault = fault
    }

    /// The tokenizer that `load` gives, or why it cannot be read: a checkpoint without one still runs on token ids.
    static func readable(
        _ load: () throws(TokenizerLoadError) -> any Tokenizer
    ) -> (tokenizer: (any Tokenizer)?, fault: TokenizerLoadError?) {
        do throws(TokenizerLoadError) {
            return (try load(), nil)
        } catch {
            return (nil, error.problem == .noTokenizer ? nil : error)
        }
    }

    /// Loads the model that is inside the binary.
    public static func embedded() throws(ModelError) -> Model {
        func bytes(_ file: embedded_file) -> SharedBytes {
            SharedBytes(immortal: UnsafeRawBufferPointer(start: file.bytes, count: file.count))
        }
        let checkpoint: Checkpoint
        do throws(CheckpointError) {
            checkpoint = try Checkpoint(bytes(embedded_weights()), file: "embedded:\(embeddedName)/model.safetensors")
        } catch { throw .checkpoint(error) }
        let tokenizer: TokenizerPipeline
        do throws(TokenizerLoadError) {
            tokenizer = try TokenizerPipeline(vocabularyJSON: bytes(embedded_vocabulary()), mergesText: bytes(embedded_merges()))
        } catch { throw .tokenizer(error) }
        return try Model(
            name: embeddedName, source: "embedded", configuration: bytes(embedded_config()), checkpoint: checkpoint,
            tokenizer: tokenizer)
    }
}
