/// A GitHub Markdown table with full precision. Characters that Markdown would interpret are escaped; newlines and
/// other control characters are shown as in the terminal table.
///
/// A column is right-aligned when its first row holds a number, so that rows need not be held back.
struct MarkdownFormat: RowWriter {
    private let sink: any OutputSink
    private let options: OutputOptions
    private var columns: [String] = []
    private var hasHeader = false

    init(sink: any OutputSink, options: OutputOptions) {
        self.sink = sink
        self.options = options
    }

    mutating func begin(columns: [String]) { self.columns = columns }

    mutating func write(_ row: [Cell]) throws {
        try checkWidth(of: row, is: columns.count)
        try writeHeader(rightAligned: row.map(\.isNumber))
        try writeLine(row.map(field))
    }

    mutating func end() throws {
        try writeHeader(rightAligned: columns.map { _ in false })
        try sink.flush()
    }

    private mutating func writeHeader(rightAligned: [Bool]) throws {
        guard !hasHeader, !columns.isEmpty else { return }
        hasHeader = true
        try writeLine(columns.map { options.header ? escaped($0) : "" })
        try writeLine(rightAligned.map { $0 ? "---:" : "---" })
    }

    private func writeLine(_ fields: [String]) throws {
        try sink.write("| " + fields.joined(separator: " | ") + " |\n")
    }

    private func field(_ cell: Cell) -> String {
        switch cell {
        case .text(let text): escaped(text)
        default: cell.plainText ?? options.nullText ?? "NULL"
        }
    }

    private func escaped(_ text: String) -> String {
        let scalars = Array(TerminalText.escaped(text).unicodeScalars)
        var field = ""
        for (index, scalar) in scalars.enumerated() {
            let isInsideWord =
                index > 0 && index + 1 < scalars.count
                && scalars[index - 1].properties.isAlphabetic && scalars[index + 1].properties.isAlphabetic
            switch scalar {
            case "_" where isInsideWord: break  // token_id stays readable; GitHub has no emphasis inside words
            case "\\", "|", "`", "*", "_", "[", "]", "<", "&", "~", "$": field += "\\"
            default: break
            }
            field.unicodeScalars.append(scalar)
        }
        return field
    }
}
