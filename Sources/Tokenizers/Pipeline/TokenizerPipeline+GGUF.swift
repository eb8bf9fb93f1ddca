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
        let isByteLevel: Bool
        switch name {
        case "gpt2": isByteLevel = true
        case "llama": isByteLevel = false
        default: throw .unsupported(member: "tokenizer.ggml.model", found: name)
        }
        var tokens = TokenTable(expectedTokens: spellings.count)
        var texts = TokenTexts(expectedTokens: spellings.count)
        var added: [AddedVocabulary.Token] = []
        var unknown: Int32?
        for (id, (spelling, number)) in zip(spellings, kinds).enumerated() {
            if let invalid = UTF8Validation.firstInvalidByte(spelling) { throw .notUTF8(offset: invalid) }
            let kind = Kind(rawValue: number) ?? .normal
            if kind == .unknown { unknown = Int32(id) }
            if kind == .control || kind == .userDefined || kind == .unknown {
                texts.set(spelling, id: id)
                added.append(.init(bytes: spelling, id: Int32(id), isSpecial: kind != .userDefined))
                if isByteLevel { continue }
            }
            var looked = spelling
            if isByteLevel, !ByteToUnicode.undo(&looked) { throw .notByteLevel(token: displayText(of: spelling)) }
            texts.set(isByteLevel ? looked : Spelling.metaspace.bytes(of: spelling, hasByteTokens: kind == .byte), id: id)
            guard looked.withUnsafeBytes({ tokens.add($0, id: id) }) == .added else {
                throw .duplicateToken(displayText(of: spelling))
            }
        }
        if isByteLevel {
            guard let lines = try array("merges").strings else { throw .missingMember("tokenizer.ggml.merges") }
            var merges = MergeTable(expectedMerges: lines.count)
            var builder = MergeBuilder(tokens: tokens)
            for line in lines {
                if let invalid = UTF8Validation.firstInvalidByte(line) { throw .notUTF8(offset: invalid) }
                try builder.add(line: line, to: &merges)
            }
            let ofByte = (0...255).map { byte in [UInt8(byte)].withUnsafeBytes { tokens.id(of: $0) } ?? -1 }
            let rule = try Self.rule(gguf.string("tokenizer.ggml.pre"))
            var pairs = PairModel(tokens: tokens, merges: merges, symbols: .bytes(ofByte))
            pairs.ignoresMerges = rule.ignoresMerges
            self.init(added: added, preTokenizer: rule.step, model: .bpe(pairs), texts: texts)
        } else {
            guard let scores = try array("scores").floats, scores.count == spellings.count else {
                throw .missingMember("tokenizer.ggml.scores")
            }
            let merges = Self.merges(tokens, scores: scores)
            var pairs = PairModel(tokens: tokens, merges: merges, symbols: .scalars(fallback: ByteTokens(tokens)))
            (pairs.unknown, pairs.fusesUnknown) = (unknown, true)
            let prepends = if case .bool(false)? = gguf.metadata["tokenizer.ggml.add_space_prefix"] { false } else { true }
            self.init(
                added: added,
                preTokenizer: .metaspace(replacement: Array("\u{2581}".utf8), prepends ? .first : .never, splits: false),
                model: .bpe(pairs), texts: texts)
        }
        func token(_ key: String, unless flag: String, byDefault: Bool) throws(Problem) -> [Int32] {
            let isWanted = if case .bool(let wanted)? = gguf.metadata["tokenizer.ggml.\(flag)"] { wanted } else { byDefault }
            guard isWanted else { return [] }
            guard case .unsigned(let number)? = gguf.metadata["tokenizer.ggml.\(key)"], let id = Int32(exactly: number),
                texts.bytes(of: id) != nil
            else { throw .missingMember("tokenizer.ggml.\(key)") }
            return [id]
        }
        let rulesWithBegin = ["llama3", "llama-v3", "llama-bpe"]
        let hasBegin = !isByteLevel || rulesWithBegin.contains(gguf.string("tokenizer.ggml.pre") ?? "")
        frame.before = try token("bos_token_id", unless: "add_bos_token", byDefault: hasBegin)
        frame.after = try token("eos_token_id", unless: "add_eos_token", byDefault: false)
    }

    /// All ways to make a token of two others. The rank follows the token's score, the highest first, and of equal ranks the leftmost
    /// pair merges, as in SentencePiece.
    private static func merges(_ tokens: TokenTable, scores: [Float]) -> MergeTable {
        var ranks = [Int32](repeating: 0, count: scores.count)
        var (rank, previous): (Int32, Float?) = (-1, nil)
        for id in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
            if scores[id] != previous { rank += 1 }
            (ranks[id], previous) = (rank, scores[id])
        }
        var table = MergeTable(expectedMerges: 2 * tokens.count)
        for id in 0..<Int32(tokens.count) {
            guard let bytes = tokens.bytes(of: id).map(Array.init), bytes.count > 1 else { continue }
            bytes.withUnsafeBytes { raw in
                for place in 1..<raw.count where raw[place] & 0xC0 != 0x80 {
                    if let left = tokens.id(of: UnsafeRawBufferPointer(rebasing: raw[..<place])),
                        let right = tokens.id(of: UnsafeRawBufferPointer(rebasing: raw[place...]))
                    {
                        table.set(left, right, MergeTable.Merge(rank: ranks[Int(id)], id: id))
                    }
                }
            }
        }
        return table
    }

    /// llama.cpp's names for rules (`llama-vocab.cpp`), those of the families that load and of their relatives.
    private static func rule(_ name: String?) throws(Problem) -> (step: PreTokenizerStep, ignoresMerges: Bool) {
        let llama3 =
            #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        func split(_ pattern: String) throws(Problem) -> PreTokenizerStep {
            do throws(RegularExpression.PatternError) {
                return .sequence([
                    .split(.expression(try RegularExpression(pattern)), .isolated, inverted: false),
                    .byteLevel(addsPrefixSpace: false, usesRule: false),
                ])
            } catch { throw .unsupported(member: "tokenizer.ggml.pre", found: error.message) }
        }
        let gpt2 = PreTokenizerStep.byteLevel(addsPrefixSpace: false, usesRule: true)
        switch name {
        case "gpt-2", "gpt2", "olmo", "phi-2", "mpt", "jais", "roberta-bpe": return (gpt2, false)
        case "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b":
            return (.sequence([.digits(individual: true), gpt2]), false)
        case "llama3", "llama-v3", "llama-bpe", "falcon3": return (try split(llama3), true)
        case "dbrx", "smaug-bpe": return (try split(llama3), false)
        case "qwen2", "stablelm2", "deepseek-r1-qwen", "megrez", "hunyuan":
            return (try split(llama3.replacing(#"\p{N}{1,3}"#, with: #"\p{N}"#)), false)
        default: throw .unsupported(member: "tokenizer.ggml.pre", found: name ?? "(none)")
        }
    }
}
