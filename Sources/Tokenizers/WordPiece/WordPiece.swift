/// BERT's tokenizer (google-research/bert, `tokenization.py`): text is normalized and cut into words, and each word is
/// covered from the left by the longest tokens of the vocabulary; those inside a word are spelled with `##` in front.
///
/// A token's bytes are its spelling, `##` included. Normalization cannot be undone: case, accents and white space go.
public final class WordPiece: Tokenizer {
    /// How text is cut into words.
    public let normalizer: BERTNormalizer
    /// The token of words that no tokens cover.
    public let unknownToken: Int32
    /// Words of more scalars become `unknownToken`.
    public let longestWord: Int
    public let prefixTokens: [Int32]
    public let suffixTokens: [Int32]
    public var endToken: Int32? { suffixTokens.last }
    public var vocabularySize: Int { tokens.count }

    private let tokens: TokenTable
    /// Tokens that continue a word, without the sign of it.
    private let continuations: TokenTable
    private let addedTokens: AddedTokens
    /// Bytes of the longest token: none needs to be looked up that is longer.
    private let longestToken: Int

    /// The parts of a tokenizer.
    struct Parts {
        var tokens: TokenTable
        var normalizer = BERTNormalizer()
        var unknownToken: Int32
        var continuationSign = Array("##".utf8)
        var longestWord = 100
        var addedTokens: [AddedTokens.Token] = []
        var prefixTokens: [Int32] = []
        var suffixTokens: [Int32] = []
    }

    init(_ parts: Parts) {
        tokens = parts.tokens
        normalizer = parts.normalizer
        unknownToken = parts.unknownToken
        longestWord = parts.longestWord
        prefixTokens = parts.prefixTokens
        suffixTokens = parts.suffixTokens
        addedTokens = AddedTokens(parts.addedTokens)
        let sign = parts.continuationSign
        var continuations = TokenTable(expectedTokens: tokens.count)
        var longest = 0
        for id in 0..<Int32(tokens.count) {
            guard let token = tokens.bytes(of: id) else { continue }
            longest = max(longest, token.count)
            guard token.count > sign.count, token.starts(with: sign) else { continue }
            // Two different tokens stay different without the sign.
            _ = Array(token.dropFirst(sign.count)).withUnsafeBytes { continuations.add($0, id: Int(id)) }
        }
        self.continuations = continuations
        longestToken = longest
    }

    public func bytes(of id: Int32) -> [UInt8]? { tokens.bytes(of: id).map(Array.init) }

    public func id(ofBytes bytes: [UInt8]) -> Int32? { bytes.withUnsafeBytes { tokens.id(of: $0) } }

    public func encode(validUTF8 text: UnsafeRawBufferPointer, special: Bool) -> [Int32] {
        var ids: [Int32] = []
        addedTokens.split(text, special: special) { plain, token in
            normalizer.forEachWord(in: plain) { word, scalarCount in
                let first = ids.count
                let isCovered = scalarCount <= longestWord && word.withUnsafeBytes { cover($0, into: &ids) }
                if !isCovered {
                    ids.removeSubrange(first...)
                    ids.append(unknownToken)
                }
            }
            if let token { ids.append(token) }
        }
        return ids
    }

    /// Appends the longest tokens that cover `word`; returns false, perhaps after some, where they do not.
    private func cover(_ word: UnsafeRawBufferPointer, into ids: inout [Int32]) -> Bool {
        var start = 0
        while start < word.count {
            let table = start == 0 ? tokens : continuations
            var end = min(word.count, start + longestToken)
            var found: Int32?
            while end > start {
                let isBoundary = end == word.count || word[end] & 0xC0 != 0x80
                if isBoundary, let id = table.id(of: UnsafeRawBufferPointer(rebasing: word[start..<end])) {
                    found = id
                    break
                }
                end -= 1
            }
            guard let found else { return false }
            ids.append(found)
            start = end
        }
        return true
    }
}
