/// Tokens whose text is recognized before the text is cut into pieces.
struct AddedTokens: Sendable {
    /// One of them.
    struct Token: Sendable {
        package let bytes: [UInt8]
        let id: Int32
        /// Recognized only when the caller asks for special tokens.
        let isSpecial: Bool
    }

    /// Longest first, so that of two that begin at one place the longer is taken.
    private let tokens: [Token]

    init(_ tokens: [Token]) {
        self.tokens = tokens.filter { !$0.bytes.isEmpty }.sorted { $0.bytes.count > $1.bytes.count }
    }

    /// The token of this text, special or not.
    func id(of bytes: [UInt8]) -> Int32? { tokens.first { $0.bytes == bytes }?.id }

    /// Walks over `text`: calls `body` with each stretch of plain text, perhaps empty, and the token after it, nil at the end.
    func split(
        _ text: UnsafeRawBufferPointer, special: Bool, _ body: (_ plain: UnsafeRawBufferPointer, _ token: Int32?) -> Void
    ) {
        let recognized = tokens.filter { special || !$0.isSpecial }
        let leads = Set(recognized.map { $0.bytes[0] })
        var start = 0
        var position = recognized.isEmpty ? text.count : 0
        while position < text.count {
            if leads.contains(text[position]),
                let token = recognized.first(where: { text[position...].starts(with: $0.bytes) })
            {
                body(UnsafeRawBufferPointer(rebasing: text[start..<position]), token.id)
                position += token.bytes.count
                start = position
            } else {
                position += 1
            }
        }
        body(UnsafeRawBufferPointer(rebasing: text[start...]), nil)
    }
}
