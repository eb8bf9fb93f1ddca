/// Writes a result, row by row: `begin` once, `write` for each row, `end` once.
///
/// Every method throws `OutputError`. `end` flushes the sink, so that a full disk is an error and not a loss.
public protocol RowWriter {
    mutating func begin(columns: [String]) throws
    /// - Parameter row: as many cells as there are columns.
    mutating func write(_ row: [Cell]) throws
    mutating func end() throws
}

/// How rows are written.
public struct OutputOptions: Sendable, Equatable {
    /// Whether column names are written. JSON always has them; Markdown has no table without a header and leaves it blank.
    public var header: Bool
    /// Guards csv and tsv text that a spreadsheet would run as a formula (first character `= + - @`, tab or
    /// carriage return) with a leading apostrophe. Numbers are never touched.
    public var csvSafe: Bool
    /// Whether the sink is a terminal. If so the table fits its width, and the formats that otherwise keep text
    /// exact (csv, tsv) show control and invisible characters escaped.
    public var isTerminal: Bool
    /// Columns of the terminal, at least 20 taken; nil is unlimited. Has no effect unless `isTerminal`.
    public var terminalWidth: Int?
    /// Which columns a table on a terminal shows. Everything else has all of them.
    public var columns: TableColumns
    /// Whether a terminal may get bold text. Set it to false for NO_COLOR.
    public var allowsColor: Bool
    /// What stands for NULL in csv, tsv, markdown and table; nil is each format's own: nothing in csv and tsv,
    /// `NULL` in markdown and table.
    public var nullText: String?

    public init(
        header: Bool = true, csvSafe: Bool = false, isTerminal: Bool = false, terminalWidth: Int? = nil,
        columns: TableColumns = .fitting([]), allowsColor: Bool = false, nullText: String? = nil
    ) {
        self.header = header
        self.csvSafe = csvSafe
        self.isTerminal = isTerminal
        self.terminalWidth = terminalWidth
        self.columns = columns
        self.allowsColor = allowsColor
        self.nullText = nullText
    }

    /// A terminal is for reading; a table in a file may be read back.
    var digits: NumberDigits { isTerminal ? .four : .six }
}

/// Throws unless `row` has `count` cells.
package func checkWidth(of row: [Cell], is count: Int) throws {
    guard row.count == count else { throw OutputError.wrongColumnCount(expected: count, found: row.count) }
}
