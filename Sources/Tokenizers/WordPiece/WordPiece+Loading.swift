import Checkpoints

extension WordPiece {
    /// Loads BERT's two files: `vocab.txt`, a token a line, and `tokenizer_config.json`, without which text is put in lower
    /// case and accents go. `[CLS]` and `[SEP]` stand around each text.
    public convenience init(
        vocabularyText: SharedBytes, configurationJSON: SharedBytes? = nil, vocabularyFile: String = "vocab.txt",
        configurationFile: String = "tokenizer_config.json"
    ) throws(TokenizerLoadError) {
        let configuration = try reading(configurationFile) { () throws(TokenizerLoadError.Problem) in
            try configurationJSON.map(WordPieceConfiguration.init) ?? WordPieceConfiguration()
        }
        let parts = try reading(vocabularyFile) { () throws(TokenizerLoadError.Problem) -> Parts in
            let tokens = try vocabularyText.withUnsafeBytes { (raw) throws(TokenizerLoadError.Problem) in
                try Self.tokens(lines: raw)
            }
            func id(_ text: String) throws(TokenizerLoadError.Problem) -> Int32 {
                guard let id = Array(text.utf8).withUnsafeBytes({ tokens.id(of: $0) }) else { throw .missingToken(text) }
                return id
            }
            var parts = Parts(tokens: tokens, unknownToken: try id(configuration.unknown))
            parts.normalizer = configuration.normalizer
            parts.prefixTokens = [try id(configuration.begin)]
            parts.suffixTokens = [try id(configuration.end)]
            for text in configuration.special {
                let bytes = Array(text.utf8)
                guard let id = bytes.withUnsafeBytes({ tokens.id(of: $0) }) else { continue }
                parts.addedTokens.append(.init(bytes: bytes, id: id, isSpecial: true))
            }
            return parts
        }
        self.init(parts)
    }

    /// Loads Hugging Face's single file. Truncation and padding in it are left out.
    public convenience init(tokenizerJSON: SharedBytes, file: String = "tokenizer.json") throws(TokenizerLoadError) {
        let document = try reading(file) { () throws(TokenizerLoadError.Problem) in
            try TokenizerDocument(parsing: tokenizerJSON)
        }
        try self.init(document, file: file)
    }

    convenience init(_ document: TokenizerDocument, file: String) throws(TokenizerLoadError) {
        self.init(try reading(file) { () throws(TokenizerLoadError.Problem) in try Parts(document) })
    }

    /// A token a line; the line's place is the id.
    private static func tokens(lines raw: UnsafeRawBufferPointer) throws(TokenizerLoadError.Problem) -> TokenTable {
        try TokenizerLoadError.Problem.check(raw)
        var tokens = TokenTable(expectedTokens: raw.count / 7)
        var start = 0
        var id = 0
        while start < raw.count {
            var end = start
            while end < raw.count, raw[end] != 0x0A { end += 1 }
            let next = end + 1
            if end > start, raw[end - 1] == 0x0D { end -= 1 }
            let token = UnsafeRawBufferPointer(rebasing: raw[start..<end])
            guard id < TokenTable.idLimit else { throw .idOutOfRange(token: Tokenizers.displayText(of: Array(token)), id: id) }
            // Of two lines with one text the later is the token, as in transformers (`load_vocab`).
            tokens.set(token, id: id)
            id += 1
            start = next
        }
        return tokens
    }
}

/// What `tokenizer_config.json` says of a BERT tokenizer.
private struct WordPieceConfiguration {
    var normalizer = BERTNormalizer()
    var unknown = "[UNK]"
    var begin = "[CLS]"
    var end = "[SEP]"
    private var others = ["[PAD]", "[MASK]"]

    /// The texts of all special tokens.
    var special: [String] { [unknown, begin, end] + others }

    init() {}

    init(_ json: SharedBytes) throws(TokenizerLoadError.Problem) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: json)
        } catch { throw .notJSON(error) }
        normalizer.lowercases = try root.flag("do_lower_case", in: "") ?? true
        normalizer.stripsAccents = try root.flag("strip_accents", in: "") ?? normalizer.lowercases
        normalizer.separatesChinese = try root.flag("tokenize_chinese_chars", in: "") ?? true
        func token(_ key: String, _ fallback: String) throws(TokenizerLoadError.Problem) -> String {
            switch root[key] {
            case nil, .null?: return fallback
            case .string(let text)?: return text
            case let value?:
                guard case .string(let text)? = value["content"] else { throw .missingMember(key) }
                return text
            }
        }
        unknown = try token("unk_token", unknown)
        begin = try token("cls_token", begin)
        end = try token("sep_token", end)
        others = [try token("pad_token", others[0]), try token("mask_token", others[1])]
    }
}

extension WordPiece.Parts {
    /// The parts of a `tokenizer.json` whose model is WordPiece.
    init(_ document: TokenizerDocument) throws(TokenizerLoadError.Problem) {
        let (root, model) = (document.root, document.model)
        guard model["type"] == .string("WordPiece") else {
            throw .unsupported(member: "model.type", found: model["type"]?.summary ?? "(none)")
        }
        guard let vocabulary = document.vocabulary else { throw .missingMember("model.vocab") }
        let added = try TokenizerJSON.addedTokens(root["added_tokens"])
        let tokens = try Self.tokens(vocabulary, added)
        let unknown = try model.text("unk_token", default: "[UNK]")
        guard let id = Array(unknown.utf8).withUnsafeBytes({ tokens.id(of: $0) }) else { throw .missingToken(unknown) }
        self.init(tokens: tokens, unknownToken: id)
        addedTokens = added
        continuationSign = Array(try model.text("continuing_subword_prefix", default: "##").utf8)
        switch model["max_input_chars_per_word"] {
        case nil, .null?: break
        case .integer(let limit)? where limit > 0: longestWord = limit
        default: throw .missingMember("model.max_input_chars_per_word")
        }
        normalizer = try Self.normalizer(root["normalizer"])
        guard root["pre_tokenizer"]?["type"] == .string("BertPreTokenizer") else {
            throw .unsupported(member: "pre_tokenizer", found: root["pre_tokenizer"]?["type"]?.summary ?? "(none)")
        }
        (prefixTokens, suffixTokens) = try Self.frame(root["post_processor"], tokens)
    }

    private static func tokens(
        _ vocabulary: [(token: [UInt8], id: Int)], _ added: [AddedTokens.Token]
    ) throws(TokenizerLoadError.Problem) -> TokenTable {
        var table = TokenTable(expectedTokens: vocabulary.count + added.count)
        for (token, id) in vocabulary {
            var token = token
            try Vocabulary.add(&token, id: id, asText: true, to: &table)
        }
        for entry in added where table.bytes(of: entry.id).map(Array.init) != entry.bytes {
            var token = entry.bytes
            try Vocabulary.add(&token, id: Int(entry.id), asText: true, to: &table)
        }
        return table
    }

    private static func normalizer(_ value: JSONValue?) throws(TokenizerLoadError.Problem) -> BERTNormalizer {
        guard let value, value != .null else { return .none }
        guard value["type"] == .string("BertNormalizer") else {
            throw .unsupported(member: "normalizer", found: value["type"]?.summary ?? value.summary)
        }
        var normalizer = BERTNormalizer()
        normalizer.cleansText = try value.flag("clean_text", in: "normalizer.") ?? true
        normalizer.separatesChinese = try value.flag("handle_chinese_chars", in: "normalizer.") ?? true
        normalizer.lowercases = try value.flag("lowercase", in: "normalizer.") ?? true
        normalizer.stripsAccents = try value.flag("strip_accents", in: "normalizer.") ?? normalizer.lowercases
        return normalizer
    }

    /// The special tokens that a post-processor puts before and after a text.
    private static func frame(
        _ value: JSONValue?, _ tokens: TokenTable
    ) throws(TokenizerLoadError.Problem) -> ([Int32], [Int32]) {
        func checked(_ value: JSONValue?) throws(TokenizerLoadError.Problem) -> Int32 {
            guard case .integer(let number)? = value, let id = Int32(exactly: number), tokens.bytes(of: id) != nil else {
                throw .missingMember("post_processor")
            }
            return id
        }
        guard let value, value != .null else { return ([], []) }
        switch value["type"] {
        case .string("BertProcessing")?:
            guard case .array(let begin)? = value["cls"], case .array(let end)? = value["sep"] else {
                throw .missingMember("post_processor")
            }
            return ([try checked(begin.last)], [try checked(end.last)])
        case .string("TemplateProcessing")?:
            guard case .array(let pieces)? = value["single"] else { throw .missingMember("post_processor.single") }
            var around: (before: [Int32], after: [Int32]) = ([], [])
            var texts = 0
            for piece in pieces {
                if piece["Sequence"] != nil {
                    texts += 1
                } else if case .string(let name)? = piece["SpecialToken"]?["id"],
                    case .array(let ids)? = value["special_tokens"]?[name]?["ids"]
                {
                    for id in ids {
                        if texts == 0 { around.before.append(try checked(id)) } else { around.after.append(try checked(id)) }
                    }
                } else {
                    throw .missingMember("post_processor.single")
                }
            }
            guard texts == 1 else { throw .missingMember("post_processor.single") }
            return around
        case let other: throw .unsupported(member: "post_processor", found: other?.summary ?? value.summary)
        }
    }
}

extension JSONValue {
    /// A truth value; nil where there is none.
    fileprivate func flag(_ key: String, in path: String) throws(TokenizerLoadError.Problem) -> Bool? {
        switch self[key] {
        case nil, .null?: return nil
        case .bool(let flag)?: return flag
        default: throw .missingMember(path + key)
        }
    }

    /// A member of `model` that is text.
    fileprivate func text(_ key: String, default fallback: String) throws(TokenizerLoadError.Problem) -> String {
        switch self[key] {
        case nil, .null?: return fallback
        case .string(let text)?: return text
        default: throw .missingMember("model." + key)
        }
    }
}
