/// Loads the tokenizer in a directory in Hugging Face layout, of whichever kind it is: `tokenizer.json`, which says all
/// of itself, else `vocab.json` and `merges.txt` (GPT-2's byte-level BPE), else `vocab.txt` with `tokenizer_config.json`
/// (WordPiece).
public func loadTokenizer(directory: String) throws(TokenizerLoadError) -> any Tokenizer {
    let single = directory + "/tokenizer.json"
    if let json = try mapped(single) {
        let document = try reading(single) { () throws(TokenizerLoadError.Problem) in
            try TokenizerDocument(parsing: json)
        }
        return try TokenizerPipeline(document, file: single)
    }
    if try mapped(directory + "/vocab.json") != nil, try mapped(directory + "/merges.txt") != nil {
        return try ByteLevelBPE(directory: directory)
    }
    let list = directory + "/vocab.txt"
    if let text = try mapped(list) {
        let configuration = directory + "/tokenizer_config.json"
        return try WordPiece(
            vocabularyText: text, configurationJSON: try mapped(configuration), vocabularyFile: list,
            configurationFile: configuration)
    }
    throw TokenizerLoadError(file: directory, problem: .noTokenizer)
}
