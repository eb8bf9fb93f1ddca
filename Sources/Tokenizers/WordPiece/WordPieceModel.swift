/// WordPiece (Wu et al. 2016; google-research/bert, `tokenization.py`): a word is covered from the left by the longest tokens of the
/// vocabulary; those inside a word are spelled with a sign in front.
struct WordPieceModel: Sendable {
    let tokens: TokenTable
    /// Stands for a word that no tokens cover.
    let unknown: Int32
    /// Words of more scalars are unknown.
    let longestWord: Int
    /// Tokens that continue a word, without the sign.
    private let continuations: TokenTable
    /// Bytes of the longest token.
    private let longestToken: Int

    init(tokens: TokenTable, unknown: Int32, sign: [UInt8], longestWord: Int) {
        self.tokens = tokens
        self.unknown = unknown
        self.longestWord = longestWord
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

    /// Appends the tokens of a word.
    func append(_ word: UnsafeRawBufferPointer, to ids: inout [Int32]) {
        let first = ids.count
        // A scalar has one byte that does not continue another.
        let scalars = word.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
        if scalars <= longestWord, cover(word, to: &ids) { return }
        ids.removeSubrange(first...)
        ids.append(unknown)
    }

    /// Appends the longest tokens that cover `word`; returns false, perhaps after some, where they do not.
    private func cover(_ word: UnsafeRawBufferPointer, to ids: inout [Int32]) -> Bool {
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
