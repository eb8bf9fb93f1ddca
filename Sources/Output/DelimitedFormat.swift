/// Comma- and tab-separated values.
///
/// csv follows RFC 4180 with `\n` line ends. NULL is an empty field and empty text is `""`, as the sqlite3 shell
/// writes them (in a result of one column both are `""`: an empty line would be lost).
/// tsv escapes tab, newline, carriage return and backslash as `\t \n \r \\` and never quotes; empty text and NULL
/// look the same unless a null text is given.
struct DelimitedFormat: RowWriter {
    enum Style { case commas, tabs }

    private let style: Style
    private let sink: any OutputSink
    private let options: OutputOptions
    private let nullText: String
    private var columnCount = 0
    private var line = ""

    init(_ style: Style, sink: any OutputSink, options: OutputOptions) {
        self.style = style
        self.sink = sink
        self.options = options
        nullText = options.nullText ?? ""
    }

    mutating func begin(columns: [String]) throws {
        columnCount = columns.count
        if options.header { try write(columns.map { .text($0) }) }
    }

    mutating func write(_ row: [Cell]) throws {
        try checkWidth(of: row, is: columnCount)
        line.removeAll(keepingCapacity: true)
        for (index, cell) in row.enumerated() {
            if index > 0 { line += style == .commas ? "," : "\t" }
            line += field(cell)
        }
        if line.isEmpty, style == .commas { line = "\"\"" }
        line += "\n"
        try sink.write(line)
    }

    mutating func end() throws { try sink.flush() }

    private func field(_ cell: Cell) -> String {
        guard case .text(let text) = cell else { return cell.plainText ?? nullText }
        let guarded = options.csvSafe && startsFormula(text) ? "'" + text : text
        switch style {
        case .commas: return quoted(visible(guarded))
        case .tabs: return visible(tabEscaped(guarded))
        }
    }

    private func visible(_ text: String) -> String {
        options.isTerminal ? TerminalText.defused(text) : text
    }

    private func startsFormula(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        return "=+-@\t\r".utf8.contains(first)
    }

    // Bytes, not Characters: Swift sees "\r\n" as one Character.
    private func quoted(_ text: String) -> String {
        guard text == nullText || text.utf8.contains(where: { ",\"\n\r".utf8.contains($0) }) else { return text }
        var field = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { field += "\"" }
            field.unicodeScalars.append(scalar)
        }
        return field + "\""
    }

    private func tabEscaped(_ text: String) -> String {
        guard text.utf8.contains(where: { "\t\n\r\\".utf8.contains($0) }) else { return text }
        var field = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\t": field += "\\t"
            case "\n": field += "\\n"
            case "\r": field += "\\r"
            case "\\": field += "\\\\"
            default: field.unicodeScalars.append(scalar)
            }
        }
        return field
    }
}
