import Checkpoints

extension ByteLevelBPE {
    /// Loads GPT-2's two files: `vocab.json` (token to id) and `merges.txt` (one merge a line, after a version line).
    /// Every byte must have a token. `<|endoftext|>` is special where the vocabulary has it.
    public convenience init(
        vocabularyJSON: SharedBytes, mergesText: SharedBytes,
        vocabularyFile: String = "vocab.json", mergesFile: String = "merges.txt"
    ) throws(TokenizerLoadError) {
        let vocabulary = try reading(vocabularyFile) { () throws(TokenizerLoadError.Problem) in
            try Vocabulary(json: vocabularyJSON)
        }
        let merges = try reading(mergesFile) { () throws(TokenizerLoadError.Problem) in
            try MergeTable(text: mergesText, tokens: vocabulary.tokens)
        }
        let end = Self.endOfText.withUnsafeBytes { vocabulary.tokens.id(of: $0) }
        let added = end.map { [AddedTokens.Token(bytes: Self.endOfText, id: $0, isSpecial: true)] } ?? []
        self.init(tokens: vocabulary.tokens, merges: merges, addedTokens: added, preTokenizer: .gpt2)
        guard missingBytes.isEmpty else {
            throw TokenizerLoadError(file: vocabularyFile, problem: .missingBytes(missingBytes))
        }
    }

    /// Loads Hugging Face's single file. Bytes without a token are allowed, and listed in `missingBytes`.
    public convenience init(
        tokenizerJSON: SharedBytes, file: String = "tokenizer.json"
    ) throws(TokenizerLoadError) {
        let document = try reading(file) { () throws(TokenizerLoadError.Problem) in
            try TokenizerDocument(parsing: tokenizerJSON)
        }
        try self.init(document, file: file)
    }

    convenience init(_ document: TokenizerDocument, file: String) throws(TokenizerLoadError) {
        let parts = try reading(file) { () throws(TokenizerLoadError.Problem) in try TokenizerJSON(document) }
        self.init(
            tokens: parts.tokens, merges: parts.merges, addedTokens: parts.addedTokens,
            preTokenizer: parts.preTokenizer)
    }

    /// Loads the tokenizer in a directory in Hugging Face layout: `vocab.json` and `merges.txt`, else `tokenizer.json`.
    public convenience init(directory: String) throws(TokenizerLoadError) {
        let vocabulary = directory + "/vocab.json"
        let merges = directory + "/merges.txt"
        let single = directory + "/tokenizer.json"
        if let json = try mapped(vocabulary), let text = try mapped(merges) {
            try self.init(
                vocabularyJSON: json, mergesText: text, vocabularyFile: vocabulary, mergesFile: merges)
        } else if let json = try mapped(single) {
            try self.init(tokenizerJSON: json, file: single)
        } else {
            throw TokenizerLoadError(file: directory, problem: .noTokenizer)
        }
    }
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
