import Synchronization

/// A tokenizer as Hugging Face's `tokenizer.json` describes it: added tokens are found, the text between them is normalized and cut into
/// pieces, and a model turns each piece into ids. Its ids are those of Hugging Face's `tokenizers`.
public final class TokenizerPipeline: Tokenizer {
    public let prefixTokens: [Int32]
    public let suffixTokens: [Int32]
    public let endToken: Int32?
    public var vocabularySize: Int { texts.count }
    /// Bytes for which the vocabulary has no token: they are lost in encoding.
    public let missingBytes: [UInt8]

    private let added: AddedVocabulary
    private let normalizer: NormalizerStep?
    private let preTokenizer: PreTokenizerStep?
    private let model: TokenModel
    private let texts: TokenTexts
    /// Buffers and caches at rest: a call takes one, so that calls on several threads do not wait for each other.
    private let idle = Mutex<[TokenModel.Workspace]>([])

    /// What a tokenizer is made of.
    struct Parts {
        var added: [AddedVocabulary.Token] = []
        var normalizer: NormalizerStep?
        var preTokenizer: PreTokenizerStep?
        var model: TokenModel
        var frame = SpecialTokenFrame()
        var texts: TokenTexts
    }

    init(_ parts: Parts) {
        added = AddedVocabulary(parts.added, normalizer: parts.normalizer)
        normalizer = parts.normalizer
        preTokenizer = parts.preTokenizer
        model = parts.model
        texts = parts.texts
        (prefixTokens, suffixTokens) = (parts.frame.before, parts.frame.after)
        endToken =
            parts.frame.after.last
            ?? ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>"].lazy.compactMap { parts.texts.id(of: Array($0.utf8)) }.first
        missingBytes =
            if case .bpe(let pairs) = parts.model, case .bytes(let ofByte) = pairs.symbols, pairs.unknown == nil {
                (0...255).filter { ofByte[$0] < 0 }.map(UInt8.init)
            } else {
                []
            }
    }

    public func bytes(of id: Int32) -> [UInt8]? { texts.bytes(of: id) }
    public func id(ofBytes bytes: [UInt8]) -> Int32? { texts.id(of: bytes) }

    public func lostBytes(in text: UnsafeRawBufferPointer) -> [UInt8] {
        missingBytes.isEmpty ? [] : missingBytes.filter { text.contains($0) }
    }

    public func encode(validUTF8 text: UnsafeRawBufferPointer, special: Bool) -> [Int32] {
        var ids: [Int32] = []
        ids.reserveCapacity(text.count / 4 + 1)
        var workspace = idle.withLock { $0.popLast() } ?? TokenModel.Workspace()
        added.split(text, special: special, normalizer: normalizer) { plain, isAtStart, token in
            if !plain.isEmpty {
                var list = PieceList(Array(plain), isAtStart: isAtStart)
                preTokenizer?.apply(to: &list)
                model.append(list, to: &ids, &workspace)
            }
            if let token { ids.append(token) }
        }
        let used = workspace
        idle.withLock { if $0.count < 16 { $0.append(used) } }
        return ids
    }
}

/// What tokens stand for, by id and back. Several ids may stand for the same bytes; the lowest is found.
struct TokenTexts: Sendable {
    private var table: TokenTable
    /// Tokens whose bytes another id has, and those that stand for other bytes than in the table.
    private var others: [Int32: [UInt8]] = [:]

    init(expectedTokens: Int) { table = TokenTable(expectedTokens: expectedTokens) }
    init(_ table: TokenTable) { self.table = table }

    /// One more than the highest id.
    var count: Int { table.count }

    /// Sets what `id`, in `0..<TokenTable.idLimit`, stands for.
    mutating func set(_ bytes: [UInt8], id: Int) {
        let isNew = bytes.withUnsafeBytes { table.add($0, id: id) } == .added
        if !isNew, table.bytes(of: Int32(id)).map(Array.init) != bytes { others[Int32(id)] = bytes }
    }

    package func bytes(of id: Int32) -> [UInt8]? { others[id] ?? table.bytes(of: id).map(Array.init) }
    func id(of bytes: [UInt8]) -> Int32? { bytes.withUnsafeBytes { table.id(of: $0) } }
}
