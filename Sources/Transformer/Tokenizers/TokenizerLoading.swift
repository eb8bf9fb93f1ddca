/// Loads the tokenizer in a directory in Hugging Face layout, of whichever kind it is: `vocab.json` and `merges.txt`
/// (byte-level BPE), else `tokenizer.json` (either), else `vocab.txt` with `tokenizer_config.json` (WordPiece).
public func loadTokenizer(directory: String) throws(TokenizerLoadError) -> any Tokenizer {
    if try mapped(directory + "/vocab.json") != nil, try mapped(directory + "/merges.txt") != nil {
        return try ByteLevelBPE(directory: directory)
    }
    let single = directory + "/tokenizer.json"
    if let json = try mapped(single) {
        let document = try reading(single) { () throws(TokenizerLoadError.Problem) in
            try TokenizerDocument(parsing: json)
        }
        if document.model["type"] == .string("WordPiece") { return try WordPiece(document, file: single) }
        return try ByteLevelBPE(document, file: single)
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
