/// A cell made ready for the table: text escaped and measured once, numbers still to be aligned by their column.
enum TableCell {
    case integer(String)
    case real(Double)
    /// NULL, which takes the alignment of its column.
    case null(String)
    case text(String, width: Int)

    /// - Parameter limit: columns of the terminal; longer text can never be shown and is not kept.
    init(_ cell: Cell, nullText: String, limit: Int?) {
        switch cell {
        case .null: self = .null(nullText)
        case .integer(let value): self = .integer(String(value))
        case .real(let value): self = .real(value)
        case .text(let text): self.init(shown: TerminalText.escaped(text, visibleEdges: true), limit: limit)
        case .list: self.init(shown: TerminalText.escaped(cell.plainText ?? "", visibleEdges: false), limit: limit)
        case .blob(let bytes):
            // Token bytes are short and worth reading; vectors are not.
            self.init(shown: bytes.count <= 16 ? hexLiteral(bytes) : "<\(bytes.count) bytes>", limit: limit)
        }
    }

    /// - Parameter shown: text that is already safe to print.
    init(shown: String, limit: Int?) {
        let text = limit.map { TerminalText.clipped(shown, to: $0) } ?? shown
        self = .text(text, width: DisplayWidth.of(text))
    }
}
