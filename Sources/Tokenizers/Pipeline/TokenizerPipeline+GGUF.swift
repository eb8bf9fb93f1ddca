import Checkpoints

extension TokenizerPipeline {
    /// The tokenizer in a GGUF file's metadata (ggml-org/ggml, `docs/gguf.md`): a byte-level BPE (`gpt2`) with the rule that
    /// `tokenizer.ggml.pre` names, or a SentencePiece BPE (`llama`).
    public convenience init(gguf: GGUF) throws(TokenizerLoadError) {
        self.init(try reading(gguf.file) { () throws(TokenizerLoadError.Problem) in try Parts(gguf) })
    }
}

extension TokenizerPipeline.Parts {
    /// What a token is (llama.cpp, `enum llama_token_type`).
    private enum Kind: Int32 {
        case normal = 1, unknown, control, userDefined, unused, byte
    }

    fileprivate init(_ gguf: GGUF) throws(Problem) {
        func array(_ key: String) throws(Problem) -> GGUFArray {
            guard case .array(let array)? = gguf.metadata["tokenizer.ggml.\(key)"] else {
                throw .missingMember("tokenizer.ggml.\(key)")
            }
            return array
        }
        guard let name = gguf.string("tokenizer.ggml.model") else {
            throw gguf.metadata["tokenizer.ggml.model"] == nil ? .noTokenizer : .missingMember("tokenizer.ggml.model")
        }
        guard let spellings = try array("tokens").strings else { throw .missingMember("tokenizer.ggml.tokens") }
        guard let kinds = try array("token_type").int32s, kinds.count == spellings.count else {
            throw .missingMember("tokenizer.ggml.token_type")
        }
        guard let format = GGUFTokenizerModel(rawValue: name) else {
            throw .unsupported(member: "tokenizer.ggml.model", found: name)
        }
        let isByteLevel = format == .gpt2
        // llama.cpp knows of Phi-3's special tokens, and a GGUF file cannot say, that most of them take the white space after them.
        let takesSpace = gguf.string("general.architecture") == "phi3" && !isByteLevel
        let takesNoSpace = ["<unk>", "<s>", "<|endoftext|>"].map { Array($0.utf8) }
        var tokens = TokenTable(expectedTokens: spellings.count)
        var texts = TokenTexts(expectedTokens: spellings.count)
        var added: [AddedVocabulary.Token] = []
        var unknown: Int32?
        var merged: [Int32] = []
        for (id, (spelling, number)) in zip(spellings, kinds).enumerated() {
            if let invalid = UTF8Validation.firstInvalidByte(spelling) { throw .notUTF8(offset: invalid) }
            let kind = Kind(rawValue: number) ?? .normal
            if kind == .unknown { unknown = Int32(id) }
            if kind == .normal || kind == .userDefined { merged.append(Int32(id)) }
            let isAdded = kind == .control || kind == .userDefined || kind == .unknown
            if isAdded {
                texts.set(spelling, id: id)
                added.append(
                    .init(
                        bytes: spelling, id: Int32(id), isSpecial: kind != .userDefined,
                        takesSpaceAfter: takesSpace && kind == .control && !takesNoSpace.contains(spelling)))
            }
            var looked = spelling
            if isByteLevel, !ByteToUnicode.undo(&looked) {
                if isAdded { continue }
                throw .notByteLevel(token: displayText(of: spelling))
            }
            if !isAdded {
                texts.set(isByteLevel ? looked : Spelling.metaspace.bytes(of: spelling, hasByteTokens: kind == .byte), id: id)
            }
            guard looked.withUnsafeBytes({ tokens.add($0, id: id) }) == .added || isAdded else {
                throw .duplicateToken(displayText(of: spelling))
            }
        }
        let rule: GGUFRule?
        switch format {
        case .gpt2:
            guard let lines = try array("merges").strings else { throw .missingMember("tokenizer.ggml.merges") }
            var merges = MergeTable(expectedMerges: lines.count)
            var builder = MergeBuilder(tokens: tokens)
            for line in lines {
                if let invalid = UTF8Validation.firstInvalidByte(line) { throw .notUTF8(offset: invalid) }
                try builder.add(line: line, to: &merges)
            }
            let ofByte = (0...255).map { byte in [UInt8(byte)].withUnsafeBytes { tokens.id(of: $0) } ?? -1 }
            let found = try GGUFRule(named: gguf.string("tokenizer.ggml.pre"))
            var pairs = PairModel(tokens: tokens, merges: merges, symbols: .bytes(ofByte))
            pairs.ignoresMerges = found.ignoresMerges
            self.init(
                added: added, normalizer: found.normalizer, preTokenizer: try found.preTokenizer(), model: .bpe(pairs), texts: texts
            )
            rule = found
        case .llama:
            guard let scores = try array("scores").floats, scores.count == spellings.count else {
                throw .missingMember("tokenizer.ggml.scores")
            }
            let merges = Self.merges(merged, tokens, scores: scores)
            var pairs = PairModel(tokens: tokens, merges: merges, symbols: .scalars(fallback: ByteTokens(tokens)))
            (pairs.unknown, pairs.fusesUnknown) = (unknown, true)
            let sign = Array("\u{2581}".utf8)
            let replaces = NormalizerStep.replace(.text([0x20]), with: sign)
            let prepends = if case .bool(false)? = gguf.metadata["tokenizer.ggml.add_space_prefix"] { false } else { true }
            self.init(
                added: added, normalizer: prepends ? .sequence([.prepend(sign), replaces]) : replaces, model: .bpe(pairs),
                texts: texts)
            rule = nil
        }
        func token(_ key: String, unless flag: String, byDefault: Bool) throws(Problem) -> [Int32] {
            let isWanted = if case .bool(let wanted)? = gguf.metadata["tokenizer.ggml.\(flag)"] { wanted } else { byDefault }
            guard isWanted else { return [] }
            guard case .unsigned(let number)? = gguf.metadata["tokenizer.ggml.\(key)"], let id = Int32(exactly: number),
                texts.bytes(of: id) != nil
            else { throw .missingMember("tokenizer.ggml.\(key)") }
            return [id]
        }
        frame.before = try token("bos_token_id", unless: "add_bos_token", byDefault: rule?.hasBegin ?? true)
        frame.after = try token("eos_token_id", unless: "add_eos_token", byDefault: false)
    }

    /// All ways to make one of the tokens `merged` of two of them. The rank follows the token's score, the highest first, and of equal ranks the leftmost
    /// pair merges, as in SentencePiece.
    private static func merges(_ merged: [Int32], _ tokens: TokenTable, scores: [Float]) -> MergeTable {
        var isMerged = [Bool](repeating: false, count: scores.count)
        for id in merged { isMerged[Int(id)] = true }
        var ranks = [Int32](repeating: 0, count: scores.count)
        var (rank, previous): (Int32, Float?) = (-1, nil)
        for id in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
            if scores[id] != previous { rank += 1 }
            (ranks[id], previous) = (rank, scores[id])
        }
        var table = MergeTable(expectedMerges: 2 * tokens.count)
        for id in merged {
            guard let bytes = tokens.bytes(of: id).map(Array.init), bytes.count > 1 else { continue }
            bytes.withUnsafeBytes { raw in
                for place in 1..<raw.count where raw[place] & 0xC0 != 0x80 {
                    if let left = tokens.id(of: UnsafeRawBufferPointer(rebasing: raw[..<place])),
                        let right = tokens.id(of: UnsafeRawBufferPointer(rebasing: raw[place...])), isMerged[Int(left)],
                        isMerged[Int(right)]
                    {
                        table.set(left, right, MergeTable.Merge(rank: ranks[Int(id)], id: id))
                    }
                }
            }
        }
        return table
    }
}

/// The kinds of tokenizers in GGUF files that are read, `tokenizer.ggml.model`.
package enum GGUFTokenizerModel: String, CaseIterable {
    /// A byte-level BPE.
    case gpt2
    /// A SentencePiece BPE.
    case llama
}

/// How a byte-level BPE cuts text, by llama.cpp's name for it (`llama-vocab.cpp`): those of the families that load, and of their relatives.
package enum GGUFRule: CaseIterable {
    case gpt2, digits, llama3, dbrx, qwen2, stablelm2, tekken, gpt4o

    /// The values of `tokenizer.ggml.pre`.
    private var names: [String] {
        switch self {
        case .gpt2: ["gpt-2", "gpt2", "olmo", "phi-2", "mpt", "jais", "roberta-bpe"]
        case .digits: ["smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"]
        case .llama3: ["llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral"]
        case .dbrx: ["dbrx", "smaug-bpe"]
        case .qwen2: ["qwen2"]
        case .stablelm2: ["stablelm2", "deepseek-r1-qwen", "megrez", "hunyuan"]
        case .tekken: ["tekken"]
        case .gpt4o: ["gpt-4o", "llama4"]
        }
    }

    package static var supportedNames: [String] { allCases.flatMap(\.names) }

    init(named name: String?) throws(TokenizerLoadError.Problem) {
        guard let name, let rule = Self.allCases.first(where: { $0.names.contains(name) }) else {
            throw .unsupported(member: "tokenizer.ggml.pre", found: name ?? "(none)")
        }
        self = rule
    }

    /// Whether a piece that is a token is not built by merges.
    var ignoresMerges: Bool { self == .llama3 || self == .tekken }
    /// Whether the BOS token stands before each text where the file does not say.
    var hasBegin: Bool { self == .llama3 || self == .tekken }
    /// Qwen's own tokenizer composes; llama.cpp leaves that to the caller.
    var normalizer: NormalizerStep? { self == .qwen2 ? .unicode(.nfc) : nil }

    func preTokenizer() throws(TokenizerLoadError.Problem) -> PreTokenizerStep {
        let gpt2 = PreTokenizerStep.byteLevel(addsPrefixSpace: false, usesRule: true)
        let rule: SplitRule
        switch self {
        case .gpt2: return gpt2
        case .digits: return .sequence([.digits(individual: true), gpt2])
        case .llama3, .dbrx: rule = .llama3
        case .qwen2, .stablelm2: rule = .qwen2
        case .tekken: rule = .tekken
        case .gpt4o: rule = .gpt4o
        }
        do throws(RegularExpression.PatternError) {
            let split = PreTokenizerStep.split(.expression(try RegularExpression(rule.rawValue)), .isolated, inverted: false)
            return .sequence([split, .byteLevel(addsPrefixSpace: false, usesRule: false)])
        } catch { throw .unsupported(member: "tokenizer.ggml.pre", found: error.message) }
    }
}
