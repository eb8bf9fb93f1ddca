import EmbeddedModel
import Foundation

extension Model {
    /// The name of the model inside the binary.
    public static let embeddedName = "gpt2-micro"

    /// Loads the embedded model by its name, or a directory in Hugging Face layout:
    /// `config.json`, `model.safetensors` (or shards with an index), `vocab.json` and `merges.txt` (or `tokenizer.json`).
    public init(named name: String) throws(ModelError) {
        if name == Self.embeddedName { self = try Model.embedded(); return }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: name, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw .notFound(name: name, known: [Self.embeddedName])
        }
        try self.init(directory: name)
    }

    /// Loads a directory in Hugging Face layout. The weights are mapped, not read.
    /// The model is called `name`, or by the directory's own name.
    public init(directory: String, name: String? = nil) throws(ModelError) {
        let url = URL(fileURLWithPath: directory).standardizedFileURL
        let path = url.path
        let configuration: SharedBytes
        let checkpoint: Checkpoint
        do throws(FileError) {
            configuration = SharedBytes(try MappedFile(path: path + "/config.json"))
        } catch { throw .file(error) }
        do throws(CheckpointError) { checkpoint = try Checkpoint(directory: path) } catch { throw .checkpoint(error) }
        let tokenizer: ByteLevelBPE?
        do throws(TokenizerLoadError) {
            tokenizer = try ByteLevelBPE(directory: path)
        } catch {
            // A checkpoint without a tokenizer still runs on token ids.
            guard case .noTokenizer = error.problem else { throw .tokenizer(error) }
            tokenizer = nil
        }
        try self.init(
            name: name ?? url.lastPathComponent, source: path, configuration: configuration, checkpoint: checkpoint, tokenizer: tokenizer)
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
        let tokenizer: ByteLevelBPE
        do throws(TokenizerLoadError) {
            tokenizer = try ByteLevelBPE(vocabularyJSON: bytes(embedded_vocabulary()), mergesText: bytes(embedded_merges()))
        } catch { throw .tokenizer(error) }
        return try Model(
            name: embeddedName, source: "embedded", configuration: bytes(embedded_config()), checkpoint: checkpoint,
            tokenizer: tokenizer)
    }
}
