import Checkpoints
// Tokenizers in files of before `tokenizer.json`: what transformers' class for them would write there is read.

/// What stands beside a vocabulary and says more of its tokenizer.
struct TokenizerSettings {
    /// `tokenizer_config.json`, with the members of `special_tokens_map.json` where it has none of these names.
    var configuration = PipelineReader("", .object([:]))
    /// `added_tokens.json`.
    var addedTokens: [(token: [UInt8], id: Int)] = []

    /// The text of a special token; nil where null or nothing is said and there is no `fallback`.
    func text(_ role: String, default fallback: String?) throws(TokenizerLoadError.Problem) -> String? {
        switch configuration.value[role] {
        case nil: return fallback
        case .null?: return nil
        case .string(let text)?: return text
        case let value?:
            guard case .string(let text)? = value["content"] else { throw .missingMember(role) }
            return text
        }
    }

    /// The added tokens as `tokenizer.json` lists them: those of `added_tokens_decoder`, or of `added_tokens.json` where there is no such
    /// member, and the special tokens that have an id in `vocabulary` or there.
    func allAddedTokens(
        _ special: [String: String], _ vocabulary: [(token: [UInt8], id: Int)]
    ) throws(TokenizerLoadError.Problem) -> [JSONValue] {
        var texts: [[UInt8]: JSONValue] = [:]
        for (role, text) in special {
            var members: [String: JSONValue] = ["content": .string(text), "special": .bool(true), "normalized": .bool(false)]
            if case .object(let own)? = configuration.value[role] { members.merge(own) { $1 } }
            members["special"] = .bool(true)
            texts[Array(text.utf8)] = .object(members)
        }
        for key in ["additional_special_tokens", "extra_special_tokens"] {
            guard case .array(let tokens)? = configuration.member(key) else { continue }
            for token in tokens {
                guard case .string(let text) = token["content"] ?? token else { throw .missingMember(key) }
                texts[Array(text.utf8)] = .object(["content": .string(text), "special": .bool(true), "normalized": .bool(false)])
            }
        }
        var list: [(id: Int, token: JSONValue)] = []
        func add(_ token: JSONValue, id: Int) {
            guard case .object(var members) = token else { return }
            members["id"] = .integer(id)
            list.append((id, .object(members)))
        }
        if case .object(let tokens)? = configuration.member("added_tokens_decoder") {
            for (key, token) in tokens {
                guard let id = Int(key), case .string(let text)? = token["content"] else {
                    throw .missingMember("added_tokens_decoder.\(key)")
                }
                texts[Array(text.utf8)] = nil
                add(token, id: id)
            }
        } else {
            for (token, id) in addedTokens {
                let plain: JSONValue = .object([
                    "content": .string(String(decoding: token, as: UTF8.self)), "special": .bool(false), "normalized": .bool(true),
                ])
                add(texts.removeValue(forKey: token) ?? plain, id: id)
            }
        }
        let lookup = TextLookup(texts.keys)
        for index in vocabulary.indices where lookup.contains(vocabulary[index].token) {
            if let special = texts[vocabulary[index].token] { add(special, id: vocabulary[index].id) }
        }
        return list.sorted { $0.id < $1.id }.map(\.token)
    }
}

extension TokenizerPipeline {
    /// Loads GPT-2's two files: `vocab.json` (token to id) and `merges.txt` (one merge a line, after a version line).
    public convenience init(
        vocabularyJSON: SharedBytes, mergesText: SharedBytes, vocabularyFile: String = "vocab.json",
        mergesFile: String = "merges.txt"
    ) throws(TokenizerLoadError) {
        try self.init(
            .gpt2, TokenizerSettings(), vocabularyJSON: vocabularyJSON, mergesText: mergesText, vocabularyFile: vocabularyFile,
            mergesFile: mergesFile)
    }

    convenience init(
        _ kind: TokenizerClass, _ settings: TokenizerSettings, vocabularyJSON: SharedBytes, mergesText: SharedBytes,
        vocabularyFile: String, mergesFile: String
    ) throws(TokenizerLoadError) {
        typealias Problem = TokenizerLoadError.Problem
        let vocabulary = try reading(vocabularyFile) { () throws(Problem) in try vocabularyEntries(vocabularyJSON) }
        let merges = try reading(mergesFile) { () throws(Problem) in
            let lines = try lines(mergesText)
            return lines.first?.starts(with: "#version".utf8) == true ? Array(lines.dropFirst()) : lines
        }
        do throws(Problem) {
            var special: [String: String] = [:]
            for role in Set(kind.specialTokens.keys).union(["bos_token", "eos_token", "unk_token", "pad_token"]) {
                special[role] = try settings.text(role, default: kind.specialTokens[role])
            }
            var root = kind.steps(addsPrefixSpace: try settings.configuration.flag("add_prefix_space", default: false))
            root["added_tokens"] = .array(try settings.allAddedTokens(special, vocabulary))
            var parts = try Parts(
                TokenizerDocument(
                    root: .object(root), model: .object(["type": .string("BPE")]), vocabulary: vocabulary, mergeLines: merges))
            if kind == .roberta {
                parts.frame = SpecialTokenFrame(
                    before: [try parts.id(special["cls_token"])], after: [try parts.id(special["sep_token"])])
            } else {
                if try settings.configuration.flag("add_bos_token", default: false), special["bos_token"] != nil {
                    parts.frame.before = [try parts.id(special["bos_token"])]
                }
                if try settings.configuration.flag("add_eos_token", default: false), special["eos_token"] != nil {
                    parts.frame.after = [try parts.id(special["eos_token"])]
                }
            }
            self.init(parts)
        } catch {
            switch error {
            case .malformedMerge, .unknownToken: throw TokenizerLoadError(file: mergesFile, problem: error)
            default: throw TokenizerLoadError(file: vocabularyFile, problem: error)
            }
        }
    }

    /// Loads BERT's two files: `vocab.txt`, a token a line, and `tokenizer_config.json`, without which text is put in lower
    /// case and accents go. `[CLS]` and `[SEP]` stand around each text.
    public convenience init(
        vocabularyText: SharedBytes, configurationJSON: SharedBytes? = nil, vocabularyFile: String = "vocab.txt",
        configurationFile: String = "tokenizer_config.json"
    ) throws(TokenizerLoadError) {
        typealias Problem = TokenizerLoadError.Problem
        let defaults = [
            "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "mask_token": "[MASK]",
        ]
        var settings = TokenizerSettings()
        var special: [String: String] = [:]
        let normalizer = try reading(configurationFile) { () throws(Problem) -> JSONValue in
            if let configurationJSON { settings.configuration = PipelineReader("", try parsed(configurationJSON)) }
            for (role, text) in defaults { special[role] = try settings.text(role, default: text) }
            let lowercases = try settings.configuration.flag("do_lower_case", default: true)
            return .object([
                "type": .string("BertNormalizer"), "lowercase": .bool(lowercases),
                "strip_accents": .bool(try settings.configuration.flag("strip_accents", default: lowercases)),
                "handle_chinese_chars": .bool(try settings.configuration.flag("tokenize_chinese_chars", default: true)),
            ])
        }
        let parts = try reading(vocabularyFile) { () throws(Problem) -> Parts in
            // Of two lines with one text the later is the token, as in transformers (`load_vocab`).
            var ids: [ArraySlice<UInt8>: Int] = [:]
            for (id, line) in try lines(vocabularyText).enumerated() { ids[line] = id }
            let vocabulary = ids.sorted { $0.value < $1.value }.map { (token: Array($0.key), id: $0.value) }
            let root: JSONValue = .object([
                "normalizer": normalizer, "pre_tokenizer": .object(["type": .string("BertPreTokenizer")]),
                "added_tokens": .array(try settings.allAddedTokens(special, vocabulary)),
            ])
            let model: JSONValue = .object([
                "type": .string("WordPiece"), "unk_token": special["unk_token"].map(JSONValue.string) ?? .null,
            ])
            var parts = try Parts(TokenizerDocument(root: root, model: model, vocabulary: vocabulary))
            parts.frame = SpecialTokenFrame(
                before: [try parts.id(special["cls_token"])], after: [try parts.id(special["sep_token"])])
            return parts
        }
        self.init(parts)
    }
}

extension TokenizerPipeline.Parts {
    /// The id of a token that the tokenizer cannot do without.
    fileprivate func id(_ text: String?) throws(Problem) -> Int32 {
        guard let text, let id = texts.id(of: Array(text.utf8)) else { throw .missingToken(text ?? "") }
        return id
    }
}

/// The JSON in a tokenizer's file.
func parsed(_ json: SharedBytes) throws(TokenizerLoadError.Problem) -> JSONValue {
    do throws(JSONError) { return try JSONValue(parsing: json) } catch { throw .notJSON(error) }
}

/// `vocab.json` or `added_tokens.json`: one flat object from token to id.
func vocabularyEntries(_ json: SharedBytes) throws(TokenizerLoadError.Problem) -> [(token: [UInt8], id: Int)] {
    try json.withUnsafeBytes { (raw) throws(TokenizerLoadError.Problem) in
        try TokenizerLoadError.Problem.check(raw)
        do throws(JSONError) {
            var scanner = JSONScanner(raw)
            let entries = try TokenizerDocument.vocabulary(&scanner)
            try scanner.expectEnd()
            return entries
        } catch { throw .notJSON(error) }
    }
}

/// The lines of a text that ends in a newline or not, without their ends.
private func lines(_ text: SharedBytes) throws(TokenizerLoadError.Problem) -> [ArraySlice<UInt8>] {
    let bytes = try text.withUnsafeBytes { (raw) throws(TokenizerLoadError.Problem) in
        try TokenizerLoadError.Problem.check(raw)
        return Array(raw)
    }
    var lines: [ArraySlice<UInt8>] = []
    lines.reserveCapacity(bytes.count / 8)
    var start = 0
    while start < bytes.count {
        var end = start
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        lines.append(bytes[start..<(end > start && bytes[end - 1] == 0x0D ? end - 1 : end)])
        start = end + 1
    }
    return lines
}
