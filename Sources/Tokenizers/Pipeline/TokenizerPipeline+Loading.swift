import Checkpoints

extension TokenizerPipeline {
    /// Loads Hugging Face's single file. Truncation and padding in it are left out.
    public convenience init(tokenizerJSON: SharedBytes, file: String = "tokenizer.json") throws(TokenizerLoadError) {
        let document = try reading(file) { () throws(TokenizerLoadError.Problem) in try TokenizerDocument(parsing: tokenizerJSON) }
        try self.init(document, file: file)
    }

    convenience init(_ document: TokenizerDocument, file: String) throws(TokenizerLoadError) {
        self.init(try reading(file) { () throws(TokenizerLoadError.Problem) in try Parts(document) })
    }
}

extension TokenizerPipeline.Parts {
    typealias Problem = TokenizerLoadError.Problem

    init(_ document: TokenizerDocument) throws(Problem) {
        let root = document.root
        func step(_ key: String) -> PipelineReader? {
            root[key].flatMap { $0 == .null ? nil : PipelineReader(key, $0) }
        }
        var added: [AddedVocabulary.Token] = []
        switch root["added_tokens"] {
        case nil, .null?: break
        case .array(let list)?:
            for (index, entry) in list.enumerated() {
                let reader = PipelineReader("added_tokens[\(index)]", entry)
                added.append(try reader.addedToken())
            }
        default: throw .missingMember("added_tokens")
        }
        normalizer = try step("normalizer")?.normalizer()
        preTokenizer = try step("pre_tokenizer")?.preTokenizer()
        let spelling: Spelling =
            if preTokenizer?.isByteLevel == true { .byteLevel } else if "\(root)".contains("\u{2581}") { .metaspace } else {
                .plain
            }
        (model, texts, self.added) = try Self.model(document, added: added, spelling: spelling)
        let texts = texts
        frame = try SpecialTokenFrame(root["post_processor"]) { texts.bytes(of: $0) != nil }
    }

    /// How a vocabulary writes its tokens.
    enum Spelling {
        /// In GPT-2's characters for bytes.
        case byteLevel
        /// With U+2581 for a space.
        case metaspace
        case plain

        /// The bytes that a token stands for.
        package func bytes(of token: [UInt8], hasByteTokens: Bool) -> [UInt8] {
            var result = token
            switch self {
            case .byteLevel: _ = ByteToUnicode.undo(&result)
            case .metaspace:
                if hasByteTokens, let byte = ByteTokens.byte(of: token) { return [byte] }
                result = []
                var position = 0
                while position < token.count {
                    if token[position...].starts(with: "\u{2581}".utf8) {
                        result.append(0x20)
                        position += 3
                    } else {
                        result.append(token[position])
                        position += 1
                    }
                }
            case .plain: break
            }
            return result
        }
    }

    private static func model(
        _ document: TokenizerDocument, added: [AddedVocabulary.Token], spelling: Spelling
    ) throws(Problem) -> (TokenModel, TokenTexts, [AddedVocabulary.Token]) {
        let reader = PipelineReader("model", document.model)
        // Files of before 2020 do not name it.
        let type = reader.member("type") == nil ? (reader.member("merges") == nil ? "WordPiece" : "BPE") : try reader.text("type")
        guard let kind = TokenModelName(rawValue: type) else { throw .unsupported(member: "model.type", found: "\"\(type)\"") }
        let isByteLevel = kind == .bpe && spelling == .byteLevel
        var scores: [Double] = []
        var entries: [(token: [UInt8], id: Int)] = []
        if kind == .unigram {
            (entries, scores) = try pieces(document.model["vocab"])
        } else {
            guard let vocabulary = document.vocabulary else { throw .missingMember("model.vocab") }
            entries = vocabulary
        }
        let added = try withIDs(added, entries)
        let addedTexts = TextLookup(added.map(\.bytes))
        var tokens = TokenTable(expectedTokens: entries.count)
        let hasByteTokens = try reader.flag("byte_fallback", default: false)
        var texts = TokenTexts(expectedTokens: isByteLevel ? 0 : entries.count + added.count)
        if !isByteLevel { for token in added { texts.set(token.bytes, id: Int(token.id)) } }
        var looked: [UInt8] = []
        for (token, id) in entries {
            func name() -> String { displayText(of: token) }
            guard (0..<TokenTable.idLimit).contains(id) else { throw .idOutOfRange(token: name(), id: id) }
            let isAdded = addedTexts.contains(token)
            looked.removeAll(keepingCapacity: true)
            looked.append(contentsOf: token)
            if isByteLevel {
                if !ByteToUnicode.undo(&looked) {
                    if isAdded { continue }
                    throw .notByteLevel(token: name())
                }
            } else {
                texts.set(isAdded ? token : spelling.bytes(of: token, hasByteTokens: hasByteTokens), id: id)
            }
            switch looked.withUnsafeBytes({ tokens.add($0, id: id) }) {
            case .added: break
            case .duplicateID: throw .duplicateID(token: name(), id: id)
            // Of a Unigram's two pieces of one text Hugging Face's tokenizers take the later; published files have none.
            case .duplicateBytes: throw .duplicateToken(name())
            }
        }
        if isByteLevel {
            texts = TokenTexts(tokens)
            for token in added { texts.set(token.bytes, id: Int(token.id)) }
        }
        func id(_ key: String) throws(Problem) -> Int32? {
            guard reader.member(key) != nil, case let text = try reader.text(key), !text.isEmpty else { return nil }
            var spelled = Array(text.utf8)
            if isByteLevel { _ = ByteToUnicode.undo(&spelled) }
            guard let id = spelled.withUnsafeBytes({ tokens.id(of: $0) }) else { throw .missingToken(text) }
            return id
        }
        switch kind {
        case .wordPiece:
            let longest: Int
            switch reader.member("max_input_chars_per_word") {
            case nil: longest = 100
            case .integer(let limit)? where limit > 0: longest = limit
            default: throw .missingMember("model.max_input_chars_per_word")
            }
            guard let unknown = try id("unk_token") else { throw .missingMember("model.unk_token") }
            let sign = reader.member("continuing_subword_prefix") == nil ? "##" : try reader.text("continuing_subword_prefix")
            return (
                .wordPiece(WordPieceModel(tokens: tokens, unknown: unknown, sign: Array(sign.utf8), longestWord: longest)), texts,
                added
            )
        case .unigram:
            var unknown: Int32?
            switch reader.member("unk_id") {
            case nil: break
            case .integer(let id)? where entries.indices.contains(id): unknown = Int32(id)
            default: throw .missingMember("model.unk_id")
            }
            let fallback = hasByteTokens ? ByteTokens(tokens) : nil
            return (.unigram(UnigramModel(tokens: tokens, scores: scores, unknown: unknown, fallback: fallback)), texts, added)
        case .bpe:
            try refuseOthers(reader)
            let merges = try Self.merges(document, MergeBuilder(tokens: tokens, isByteLevel: isByteLevel))
            let ofByte = (0...255).map { byte in [UInt8(byte)].withUnsafeBytes { tokens.id(of: $0) } ?? -1 }
            let symbols: PairModel.Symbols =
                isByteLevel ? .bytes(ofByte) : .scalars(fallback: hasByteTokens ? ByteTokens(tokens) : nil)
            var pairs = PairModel(tokens: tokens, merges: merges, symbols: symbols)
            pairs.unknown = try id("unk_token")
            pairs.fusesUnknown = try reader.flag("fuse_unk", default: false)
            pairs.ignoresMerges = try reader.flag("ignore_merges", default: false)
            return (.bpe(pairs), texts, added)
        }
    }

    /// The added tokens with the ids that Hugging Face's tokenizers give them, which those in the file agree with unless it was edited: that
    /// of a token of the vocabulary with the same text, else the next one. A text that was special once stays so.
    private static func withIDs(
        _ added: [AddedVocabulary.Token], _ vocabulary: [(token: [UInt8], id: Int)]
    ) throws(Problem) -> [AddedVocabulary.Token] {
        let texts = TextLookup(added.map(\.bytes))
        var ids: [[UInt8]: Int] = [:]
        for index in vocabulary.indices where texts.contains(vocabulary[index].token) {
            ids[vocabulary[index].token] = vocabulary[index].id
        }
        var (next, special): (Int, Set<[UInt8]>) = (vocabulary.count, [])
        var result: [AddedVocabulary.Token] = []
        for var token in added {
            let id = ids[token.bytes] ?? next
            guard (0..<TokenTable.idLimit).contains(id) else { throw .idOutOfRange(token: displayText(of: token.bytes), id: id) }
            ids[token.bytes] = id
            next = max(next, id + 1)
            if token.isSpecial { special.insert(token.bytes) }
            (token.id, token.isSpecial) = (Int32(id), special.contains(token.bytes))
            result.append(token)
        }
        return result
    }

    private static func refuseOthers(_ reader: PipelineReader) throws(Problem) {
        switch reader.member("dropout") {
        case nil, .integer(0)?, .number(0)?: break
        case let dropout?: throw .unsupported(member: "model.dropout", found: dropout.summary)
        }
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let affix = reader.member(name), affix != .string("") {
                throw .unsupported(member: "model.\(name)", found: affix.summary)
            }
        }
    }

    /// A Unigram's vocabulary: a list of [token, score].
    private static func pieces(_ value: JSONValue?) throws(Problem) -> ([(token: [UInt8], id: Int)], [Double]) {
        guard case .array(let list)? = value else { throw .missingMember("model.vocab") }
        var entries: [(token: [UInt8], id: Int)] = []
        var scores: [Double] = []
        for entry in list {
            guard case .array(let pair) = entry, pair.count == 2, case .string(let text) = pair[0] else {
                throw .missingMember("model.vocab")
            }
            switch pair[1] {
            case .number(let score): scores.append(score)
            case .integer(let score): scores.append(Double(score))
            default: throw .missingMember("model.vocab")
            }
            entries.append((Array(text.utf8), entries.count))
        }
        return (entries, scores)
    }

    /// Merges as "a b", or as [a, b] in newer files.
    private static func merges(_ document: TokenizerDocument, _ builder: MergeBuilder) throws(Problem) -> MergeTable {
        var builder = builder
        if let lines = document.mergeLines {
            var table = MergeTable(expectedMerges: lines.count)
            for line in lines where !line.isEmpty { try builder.add(line: line, to: &table) }
            return table
        }
        guard case .array(let list)? = document.model["merges"] else { throw .missingMember("model.merges") }
        var table = MergeTable(expectedMerges: list.count)
        for (index, entry) in list.enumerated() {
            switch entry {
            case .string(let text): try builder.add(line: Array(text.utf8), to: &table)
            case .array(let pair):
                guard pair.count == 2, case .string(let a) = pair[0], case .string(let b) = pair[1] else {
                    throw .malformedMerge(number: index + 1, text: entry.summary)
                }
                try builder.add(Array(a.utf8), Array(b.utf8), to: &table)
            default: throw .malformedMerge(number: index + 1, text: entry.summary)
            }
        }
        return table
    }
}

extension PreTokenizerStep {
    /// Whether `ByteLevel` is among the steps.
    var isByteLevel: Bool {
        switch self {
        case .sequence(let steps): steps.contains(where: \.isByteLevel)
        case .byteLevel: true
        default: false
        }
    }
}
