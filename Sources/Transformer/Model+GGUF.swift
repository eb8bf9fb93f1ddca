import Foundation

extension Model {
    /// Loads a GGUF file: configuration, weights and tokenizer in one. The weights are mapped, and dequantized where they
    /// are used.
    public init(ggufFile path: String) throws(ModelError) {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        try self.init(ggufFile: url.path, name: url.deletingPathExtension().lastPathComponent)
    }

    init(ggufFile path: String, name: String) throws(ModelError) {
        let file: MappedFile
        do throws(FileError) { file = try MappedFile(path: path) } catch { throw .file(error) }
        let gguf: GGUF
        do throws(GGUFError) { gguf = try GGUF(file) } catch { throw .checkpoint(.gguf(error)) }
        let configuration: ModelConfiguration
        do throws(ConfigurationError) {
            configuration = try ModelConfiguration(gguf: gguf)
        } catch { throw .configuration(error) }
        let (tokenizer, fault) = Self.readable { () throws(TokenizerLoadError) in try ByteLevelBPE(gguf: gguf) }
        try self.init(
            name: name, source: path, configuration: configuration, configurationBytes: gguf.fileBytes[0..<gguf.dataStart],
            checkpoint: Checkpoint(gguf, configuration: configuration), tokenizer: tokenizer)
        tokenizerFault = fault
    }

    /// The one GGUF file in a directory that has no `config.json`; nil where there is none, or there are several.
    static func ggufFile(in directory: String) -> String? {
        let files = FileManager.default
        guard !files.fileExists(atPath: directory + "/config.json"),
            let names = try? files.contentsOfDirectory(atPath: directory)
        else { return nil }
        let found = names.filter { $0.hasSuffix(".gguf") && !$0.hasPrefix(".") }
        return found.count == 1 ? directory + "/" + found[0] : nil
    }
}
