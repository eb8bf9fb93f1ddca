/// The table for reading: aligned columns under a ruled header. On a terminal it shows the columns that fit, those that answer
/// first, and names the others below.
///
/// Widths and notations are chosen from the first 1,000 rows, which are held back; the rest streams.
struct TableFormat: RowWriter {
    private static let rowsHeld = 1_000
    private static let gap = "  "
    /// No layout is readable on less; narrower terminals wrap.
    private static let narrowestTerminal = 20

    private let sink: any OutputSink
    private let options: OutputOptions
    /// Columns of the terminal; nil where lines may have any length.
    private let limit: Int?
    private let nullText: String
    private var names: [String] = []
    private var held: [[TableCell]] = []
    /// Nil until the widths are chosen.
    private var layout: TableLayout?

    init(sink: any OutputSink, options: OutputOptions) {
        self.sink = sink
        self.options = options
        limit =
            options.isTerminal && options.columns != .all ? options.terminalWidth.map { max($0, Self.narrowestTerminal) } : nil
        nullText = TerminalText.escaped(options.nullText ?? "NULL")
    }

    mutating func begin(columns: [String]) { names = columns.map { TerminalText.escaped($0) } }

    mutating func write(_ row: [Cell]) throws {
        try checkWidth(of: row, is: names.count)
        let cells = row.map { TableCell($0, nullText: nullText, limit: limit) }
        if let layout {
            try write(cells, layout)
        } else {
            held.append(cells)
            if held.count == Self.rowsHeld { _ = try release() }
        }
    }

    mutating func end() throws {
        let isEmpty = layout == nil && held.isEmpty
        let layout = try layout ?? release()
        if isEmpty { try sink.write("(no rows)\n") }
        if options.header, let limit { try sink.write(layout.remark(on: names, width: limit)) }
        try sink.flush()
    }

    private mutating func release() throws -> TableLayout {
        let columns = names.indices.map { index in
            TableColumn(name: names[index], showsName: options.header, cells: held.map { $0[index] }, digits: options.digits)
        }
        let layout = TableLayout(columns, gap: Self.gap.count, limit: limit, choice: options.columns)
        self.layout = layout
        if options.header { try writeHeader(layout) }
        for cells in held { try write(cells, layout) }
        held = []
        return layout
    }

    private func writeHeader(_ layout: TableLayout) throws {
        let bold = options.isTerminal && options.allowsColor
        let header = joined(layout.columns.map { $0.paddedName(cuts: limit != nil) })
        try sink.write((bold ? "\u{1b}[1m\(header)\u{1b}[0m" : header) + "\n")
        try sink.write(joined(layout.columns.map(\.rule)) + "\n")
    }

    private func write(_ cells: [TableCell], _ layout: TableLayout) throws {
        let fields = zip(layout.indices, layout.columns).map { $1.padded(cells[$0], cuts: limit != nil) }
        try sink.write(joined(fields) + "\n")
    }

    private func joined(_ fields: [String]) -> String {
        let line = fields.joined(separator: Self.gap)
        let padding = line.utf8.reversed().prefix { $0 == UInt8(ascii: " ") }.count
        return String(line.dropLast(padding))
    }
}
