import Checkpoints

extension ByteLevelBPE {
    /// The tokenizer in a GGUF file's metadata (ggml-org/ggml, `docs/gguf.md`). Bytes without a token are allowed, and
    /// listed in `missingBytes`.
    public convenience init(gguf: GGUF) throws(TokenizerLoadError) {
        let parts = try reading(gguf.file) { () throws(TokenizerLoadError.Problem) in try GGUFTokenizer(gguf) }
        self.init(
            tokens: parts.tokens, merges: parts.merges, addedTokens: parts.addedTokens,
            preTokenizer: parts.preTokenizer, prefixTokens: parts.prefixTokens)
    }
}

/// The members of `tokenizer.ggml` that a byte-level BPE needs.
private struct GGUFTokenizer {
    let tokens: TokenTable
    let merges: MergeTable
    let addedTokens: [AddedTokens.Token]
    let preTokenizer: PreTokenizer
    let prefixTokens: [Int32]

    /// What a token is (llama.cpp, `enum llama_token_type`).
    private enum Kind: Int32 {
        case normal = 1, unknown, control, userDefined, unused, byte
    }

    init(_ gguf: GGUF) throws(TokenizerLoadError.Problem) {
        func array(_ key: String) throws(TokenizerLoadError.Problem) -> GGUFArray {
            guard case .array(let array)? = gguf.metadata[key] else { throw .missingMember(key) }
            return array
        }
        guard let model = gguf.string("tokenizer.ggml.model") else {
            throw gguf.metadata["tokenizer.ggml.model"] == nil ? .noTokenizer : .missingMember("tokenizer.ggml.model")
        }
        guard model == "gpt2" else { throw .unsupported(member: "tokenizer.ggml.model", found: model) }
        preTokenizer = try Self.preTokenizer(gguf.string("tokenizer.ggml.pre"))
        guard let texts = try array("tokenizer.ggml.tokens").strings else { throw .missingMember("tokenizer.ggml.tokens") }
        guard let kinds = try array("tokenizer.ggml.token_type").int32s, kinds.count == texts.count else {
            throw .missingMember("tokenizer.ggml.token_type")
        }
        var table = TokenTable(expectedTokens: texts.count)
        var added: [AddedTokens.Token] = []
        for (id, (text, kind)) in zip(texts, kinds).enumerated() {
            if let invalid = text.withUnsafeBytes({ UTF8Validation.firstInvalidByte($0) }) { throw .notUTF8(offset: invalid) }
            let kind = Kind(rawValue: kind) ?? .normal
            let isAdded = kind == .control || kind == .userDefined || kind == .unknown
            var token = text
            try Vocabulary.add(&token, id: id, asText: isAdded, to: &table)
            if isAdded { added.append(.init(bytes: text, id: Int32(id), isSpecial: kind != .userDefined)) }
        }
        guard let lines = try array("tokenizer.ggml.merges").strings else { throw .missingMember("tokenizer.ggml.merges") }
        var merges = MergeTable(expectedMerges: lines.count)
        var builder = MergeBuilder(tokens: table)
        for line in lines {
            if let invalid = line.withUnsafeBytes({ UTF8Validation.firstInvalidByte($0) }) { throw .notUTF8(offset: invalid) }
            try builder.add(line: line, to: &merges)
        }
        tokens = table
        self.merges = merges
        addedTokens = added
        prefixTokens = try Self.begin(gguf, in: table)
    }

    /// llama.cpp's names for the rules that the engine has (`llama-vocab.cpp`).
    private static func preTokenizer(_ name: String?) throws(TokenizerLoadError.Problem) -> PreTokenizer {
        switch name {
        case "gpt-2", "gpt2": return .gpt2
        case "smollm": return .singleNumbers
        default: throw .unsupported(member: "tokenizer.ggml.pre", found: name ?? "(none)")
        }
    }

    /// The begin token, where the model wants it before each text.
    private static func begin(_ gguf: GGUF, in tokens: TokenTable) throws(TokenizerLoadError.Problem) -> [Int32] {
        guard case .bool(true)? = gguf.metadata["tokenizer.ggml.add_bos_token"] else { return [] }
        guard case .unsigned(let number)? = gguf.metadata["tokenizer.ggml.bos_token_id"],
            let id = Int32(exactly: number), tokens.bytes(of: id) != nil
        else { throw .missingMember("tokenizer.ggml.bos_token_id") }
        return [id]
    }
}
