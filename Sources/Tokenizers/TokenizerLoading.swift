import Checkpoints
import Foundation

/// Loads the tokenizer in a directory in Hugging Face layout, of whichever kind it is: `tokenizer.json`, which says all of itself, else
/// `vocab.json` and `merges.txt` by the rules of the class that `tokenizer_config.json` or `config.json` tells, else `vocab.txt`
/// (BERT's WordPiece).
public func loadTokenizer(directory: String) throws(TokenizerLoadError) -> any Tokenizer {
    let single = directory + "/tokenizer.json"
    if let json = try mapped(single) { return try TokenizerPipeline(tokenizerJSON: json, file: single) }
    let configurationFile = directory + "/tokenizer_config.json"
    let configuration = try mapped(configurationFile)
    let (vocabularyFile, mergesFile) = (directory + "/vocab.json", directory + "/merges.txt")
    if let vocabulary = try mapped(vocabularyFile), let merges = try mapped(mergesFile) {
        let (kind, settings) = try settingsOfTwoFiles(directory: directory)
        return try TokenizerPipeline(
            kind, settings, vocabularyJSON: vocabulary, mergesText: merges, vocabularyFile: vocabularyFile, mergesFile: mergesFile)
    }
    let list = directory + "/vocab.txt"
    if let text = try mapped(list) {
        return try TokenizerPipeline(
            vocabularyText: text, configurationJSON: configuration, vocabularyFile: list, configurationFile: configurationFile)
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory))?.sorted() ?? []
    if let other = names.first(where: { $0.hasSuffix(".model") || $0.hasSuffix(".tiktoken") || $0 == "tekken.json" }) {
        throw TokenizerLoadError(file: directory, problem: .needsConversion(name: other))
    }
    throw TokenizerLoadError(file: directory, problem: .noTokenizer)
}

/// What stands beside `vocab.json` and `merges.txt`.
private func settingsOfTwoFiles(directory: String) throws(TokenizerLoadError) -> (TokenizerClass, TokenizerSettings) {
    typealias Problem = TokenizerLoadError.Problem
    func members(_ name: String) throws(TokenizerLoadError) -> [String: JSONValue] {
        let file = directory + "/" + name
        guard let json = try mapped(file) else { return [:] }
        return try reading(file) { () throws(Problem) in
            guard case .object(let members) = try parsed(json) else { throw .missingMember("{}") }
            return members
        }
    }
    let configuration = try members("tokenizer_config.json")
    let map = configuration["added_tokens_decoder"] == nil ? try members("special_tokens_map.json") : [:]
    var settings = TokenizerSettings()
    settings.configuration = PipelineReader("", .object(configuration.merging(map) { $1 }))
    let added = directory + "/added_tokens.json"
    if let json = try mapped(added) {
        settings.addedTokens = try reading(added) { () throws(Problem) in try vocabularyEntries(json) }
    }
    if let name = settings.configuration.member("tokenizer_class") {
        guard case .string(let text) = name, let kind = TokenizerClass(named: text) else {
            throw TokenizerLoadError(
                file: directory + "/tokenizer_config.json", problem: .unsupported(member: "tokenizer_class", found: name.summary))
        }
        return (kind, settings)
    }
    let type = try members("config.json")["model_type"] ?? .null
    guard case .string(let text) = type, let kind = TokenizerClass(modelType: text) else {
        throw TokenizerLoadError(
            file: directory + "/vocab.json", problem: .unsupported(member: "tokenizer_class", found: "(none)"))
    }
    return (kind, settings)
}

/// The bytes of the file at `path`; nil where there is none.
func mapped(_ path: String) throws(TokenizerLoadError) -> SharedBytes? {
    do throws(FileError) {
        return SharedBytes(try MappedFile(path: path))
    } catch {
        if error.isMissing { return nil }
        throw TokenizerLoadError(file: path, problem: .file(error))
    }
}

/// Names the file in what `body` throws.
func reading<Result>(
    _ file: String, _ body: () throws(TokenizerLoadError.Problem) -> Result
) throws(TokenizerLoadError) -> Result {
    do throws(TokenizerLoadError.Problem) {
        return try body()
    } catch {
        throw TokenizerLoadError(file: file, problem: error)
    }
}
