import Checkpoints
import Foundation
import Tokenizers

extension Model {
    /// Loads a GGUF file: configuration, weights and tokenizer in one. The weights are mapped, and dequantized where they
    /// are used.
    public init(ggufFile path: String) throws(ModelError) {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        try self.init(ggufFile: url.path, name: url.deletingPathExtension().lastPathComponent)
    }

    init(ggufFile path: String, name: String) throws(ModelError) {
        var files: [GGUF] = []
        for path in Self.splits(of: path) {
            let file: MappedFile
            do throws(FileError) { file = try MappedFile(path: path) } catch { throw .file(error) }
            do throws(GGUFError) { files.append(try GGUF(file)) } catch { throw .checkpoint(.gguf(error)) }
        }
        var gguf = files[0]
        do throws(GGUFError) { try gguf.join(Array(files.dropFirst())) } catch { throw .checkpoint(.gguf(error)) }
        let configuration: ModelConfiguration
        do throws(ConfigurationError) {
            configuration = try ModelConfiguration(gguf: gguf)
        } catch { throw .configuration(error) }
        let (tokenizer, fault) = Self.readable { () throws(TokenizerLoadError) in try TokenizerPipeline(gguf: gguf) }
        try self.init(
            name: name, source: path, configuration: configuration, configurationBytes: gguf.fileBytes[0..<gguf.dataStart],
            checkpoint: Checkpoint(gguf, configuration: configuration), tokenizer: tokenizer)
        tokenizerFault = fault
    }

    /// The one GGUF file in a directory that has no `config.json`; nil where there is none, or there are several.
    static func onlyGGUFFile(in directory: String) -> String? {
        let found = ggufFiles(in: directory)
        guard found.count == 1, !FileManager.default.fileExists(atPath: directory + "/config.json") else { return nil }
        return directory + "/" + found[0]
    }

    /// The names of a directory's GGUF files. A split file counts once.
    static func ggufFiles(in directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return Set(names.filter { isGGUF($0) && !$0.hasPrefix(".") }.map { splits(of: $0)[0] }).sorted()
    }

    static func isGGUF(_ path: String) -> Bool { path.lowercased().hasSuffix(".gguf") }

    /// The files of which `path`, named `NAME-00002-of-00003.gguf`, is one (llama.cpp, `gguf-split`); else that one alone.
    static func splits(of path: String) -> [String] {
        guard let match = path.wholeMatch(of: /(.*)-[0-9]{5}-of-([0-9]{5})(\.[gG][gG][uU][fF])/), let count = Int(match.2),
            (1...9999).contains(count)
        else { return [path] }
        return (1...count).map { "\(match.1)-\(String(repeating: "0", count: 5 - "\($0)".count))\($0)-of-\(match.2)\(match.3)" }
    }
}
