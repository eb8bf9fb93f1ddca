/// The table for reading: aligned columns under a ruled header, or, when they cannot fit the terminal, one record
/// after another with a column a line.
///
/// Widths and notations are chosen from the first 1,000 rows, which are held back; the rest streams.
struct TableFormat: RowWriter {
    private enum Layout {
        case undecided
        case horizontal([TableColumn])
        case vertical(labels: [String])
    }

    private static let rowsHeld = 1_000
    private static let gap = "  "
    /// No layout is readable on less; narrower terminals wrap.
    private static let narrowestTerminal = 20

    private let sink: any OutputSink
    private let options: OutputOptions
    private let limit: Int?
    private let nullText: String
    private var names: [String] = []
    private var held: [[TableCell]] = []
    private var layout = Layout.undecided
    private var recordNumber = 0

    init(sink: any OutputSink, options: OutputOptions) {
        self.sink = sink
        self.options = options
        limit = options.isTerminal ? options.terminalWidth.map { max($0, Self.narrowestTerminal) } : nil
        nullText = TerminalText.escaped(options.nullText ?? "NULL")
    }

    mutating func begin(columns: [String]) { names = columns.map { TerminalText.escaped($0) } }

    mutating func write(_ row: [Cell]) throws {
        try checkWidth(of: row, is: names.count)
        let cells = row.map { TableCell($0, nullText: nullText, limit: limit) }
        if case .undecided = layout {
            held.append(cells)
            if held.count == Self.rowsHeld { try release() }
        } else {
            try writeLaidOut(cells)
        }
    }

    mutating func end() throws {
        let isEmpty = held.isEmpty
        if case .undecided = layout {
            try release()
            if isEmpty { try sink.write("(no rows)\n") }
        }
        try sink.flush()
    }

    private mutating func release() throws {
        let columns = names.indices.map { index in
            TableColumn(name: names[index], showsName: options.header, cells: held.map { $0[index] })
        }
        if let fitted = fitted(columns) {
            layout = .horizontal(fitted)
            if options.header { try writeHeader(fitted) }
        } else if held.isEmpty {
            // Nothing to lay out as records: the names, one a line.
            let lines = names.map { TerminalText.clipped($0, to: limit ?? .max) + "\n" }
            if options.header { try sink.write(lines.joined()) }
        } else {
            layout = .vertical(labels: labels())
        }
        for cells in held { try writeLaidOut(cells) }
        held = []
    }

    /// The columns narrowed to the terminal, the widest text first; nil when even that is too wide.
    private func fitted(_ columns: [TableColumn]) -> [TableColumn]? {
        guard let limit else { return columns }
        var columns = columns
        let room = limit - Self.gap.count * max(columns.count - 1, 0)
        for index in columns.indices where columns[index].canShrink {
            columns[index].width = min(columns[index].width, limit)
        }
        var excess = columns.reduce(0) { $0 + $1.width } - room
        while excess > 0 {
            let shrinkable = columns.indices.filter { columns[$0].canShrink }
            guard let widest = shrinkable.max(by: { columns[$0].width < columns[$1].width }) else { return nil }
            columns[widest].width -= 1
            excess -= 1
        }
        return columns
    }

    private func writeHeader(_ columns: [TableColumn]) throws {
        let bold = options.isTerminal && options.allowsColor
        let header = joined(columns.map { $0.paddedName(cuts: limit != nil) })
        try sink.write((bold ? "\u{1b}[1m\(header)\u{1b}[0m" : header) + "\n")
        try sink.write(joined(columns.map(\.rule)) + "\n")
    }

    private mutating func writeLaidOut(_ cells: [TableCell]) throws {
        switch layout {
        case .undecided: break
        case .horizontal(let columns):
            try sink.write(joined(zip(columns, cells).map { $0.padded($1, cuts: limit != nil) }) + "\n")
        case .vertical(let labels):
            recordNumber += 1
            try writeRecord(cells, labels: labels)
        }
    }

    private func joined(_ fields: [String]) -> String {
        let line = fields.joined(separator: Self.gap)
        let padding = line.utf8.reversed().prefix { $0 == UInt8(ascii: " ") }.count
        return String(line.dropLast(padding))
    }

    // MARK: Vertical records

    private static let divider = " │ "

    private func labels() -> [String] {
        let most = (limit ?? .max) - Self.divider.count - TableColumn.narrowest
        let cut = names.map { TerminalText.clipped($0, to: most) }
        let width = cut.map { DisplayWidth.of($0) }.max() ?? 0
        return cut.map { $0 + String(repeating: " ", count: width - DisplayWidth.of($0)) + Self.divider }
    }

    private func writeRecord(_ cells: [TableCell], labels: [String]) throws {
        var record = TerminalText.clipped("─[ RECORD \(recordNumber) ]────────", to: limit ?? .max) + "\n"
        for (label, cell) in zip(labels, cells) {
            let text =
                switch cell {
                case .integer(let digits): digits
                case .real(let value): NumberColumn.compact(value)
                case .null(let text), .text(let text, _): text
                }
            let room = (limit ?? .max) - DisplayWidth.of(label)
            let isNumber = if case .integer = cell { true } else { false }
            record += label
            record +=
                isNumber && text.count > room
                ? String(repeating: "#", count: room)
                : TerminalText.clipped(text, to: room)
            record += "\n"
        }
        try sink.write(record)
    }
}
