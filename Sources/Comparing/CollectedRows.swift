import Output
import Reading

/// Keeps a result's rows in memory, to compute with.
struct CollectedRows: RowWriter {
    private(set) var columns: [String] = []
    private(set) var rows: [[Cell]] = []

    mutating func begin(columns: [String]) { self.columns = columns }
    mutating func write(_ row: [Cell]) { rows.append(row) }
    mutating func end() {}
}

extension ReadOnlyDatabase {
    /// All rows of one statement.
    func rows(_ sql: String, parameters: [String: Cell]) throws -> [[Cell]] {
        var writer: any RowWriter = CollectedRows()
        try run(sql, parameters: parameters, into: &writer)
        return (writer as? CollectedRows)?.rows ?? []
    }
}

extension Cell {
    /// nil for what is not a number; NaN and NULL are the same in SQLite.
    package var double: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        case .null, .text, .blob, .list: nil
        }
    }

    var int: Int? { if case .integer(let value) = self { Int(value) } else { nil } }

    init(_ value: Double?) { self = value.map(Cell.real) ?? .null }
}
