/// One column of the table: its name, alignment and width.
struct TableColumn {
    /// Text columns are cut down to this before a column is left out.
    static let narrowest = 8

    package let name: String
    let isNumeric: Bool
    private let numbers: NumberColumn
    private let digits: NumberDigits
    var width: Int

    /// Measures a column from its first rows.
    init(name: String, showsName: Bool, cells: [TableCell], digits: NumberDigits) {
        var reals: [Double] = []
        var hasText = false
        var hasNumber = false
        for cell in cells {
            switch cell {
            case .integer: hasNumber = true
            case .real(let value):
                hasNumber = true
                reals.append(value)
            case .text: hasText = true
            case .null: break
            }
        }
        self.name = name
        isNumeric = hasNumber && !hasText
        self.digits = digits
        numbers = NumberColumn(reals, digits: digits)
        width = showsName ? DisplayWidth.of(name) : 1
        for cell in cells { width = max(width, DisplayWidth.of(text(cell))) }
    }

    var canShrink: Bool { !isNumeric && width > Self.narrowest }

    /// The cell padded to the column's width.
    /// - Parameter cuts: whether a cell wider than the column is cut rather than let out of line.
    func padded(_ cell: TableCell, cuts: Bool) -> String {
        let text = text(cell)
        switch cell {
        case .text(_, let textWidth):
            return padded(text, textWidth, cuts: cuts)
        case .null:
            return padded(text, DisplayWidth.of(text), cuts: cuts)
        case .integer, .real:
            if text.utf8.count <= width || !cuts { return padded(text, text.utf8.count, cuts: false) }
            if case .real(let value) = cell, let rounded = NumberColumn.compact(value, width: width) {
                return padded(rounded, rounded.utf8.count, cuts: false)
            }
            // An integer that has lost digits would be a wrong one: fill the cell, as spreadsheets do.
            return String(repeating: "#", count: width)
        }
    }

    func paddedName(cuts: Bool) -> String { padded(name, DisplayWidth.of(name), cuts: cuts) }

    var rule: String { String(repeating: "─", count: width) }

    private func padded(_ text: String, _ textWidth: Int, cuts: Bool) -> String {
        if textWidth > width {
            guard cuts else { return text }
            let cut = TerminalText.clipped(text, to: width)
            return padded(cut, DisplayWidth.of(cut), cuts: false)
        }
        let space = String(repeating: " ", count: width - textWidth)
        return isNumeric ? space + text : text + space
    }

    private func text(_ cell: TableCell) -> String {
        switch cell {
        case .integer(let digits): isNumeric ? numbers.text(integer: digits) : digits
        case .real(let value): isNumeric ? numbers.text(value) : NumberColumn.compact(value, digits)
        case .null(let text), .text(let text, _): text
        }
    }
}

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
