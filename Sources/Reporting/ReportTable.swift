import Output
import Reading

/// A statement with the values it was given and the rows it gave, column by column: what a picture is drawn from.
package struct ReportTable: Equatable {
    let id: String
    /// The named query that this is; nil for a statement of the report's own.
    let query: String?
    /// The statement as it was run.
    let sql: String
    let parameters: [(name: String, value: Cell)]
    /// Significant digits of its numbers in the page.
    let digits: Int
    private(set) var columns: [String] = []
    /// As many as there are columns, each with a cell for every row.
    private(set) var cells: [[Cell]] = []

    var rowCount: Int { cells.first?.count ?? 0 }
    var isEmpty: Bool { rowCount == 0 }

    /// Runs the statement and keeps all of its rows.
    package init(
        _ id: String, query: String? = nil, sql: String, parameters: [(name: String, value: Cell)], digits: Int = 6,
        in database: ReadOnlyDatabase
    ) throws {
        try self.init(id, query: query, sql: sql, parameters: parameters, digits: digits) { writer in
            try database.run(sql, parameters: Dictionary(parameters.map { ($0.name, $0.value) }) { $1 }, into: &writer)
        }
    }

    /// Keeps the rows that `write` makes of the statement's.
    init(
        _ id: String, query: String? = nil, sql: String, parameters: [(name: String, value: Cell)], digits: Int = 6,
        write: (inout any RowWriter) throws -> Void
    ) throws {
        self.id = id
        self.query = query
        self.sql = sql
        self.parameters = parameters
        self.digits = digits
        let store = ColumnStore()
        var writer: any RowWriter = ColumnWriter(store: store)
        try write(&writer)
        columns = store.columns
        cells = store.cells
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.sql == right.sql && left.columns == right.columns && left.cells == right.cells
    }

    private func column(_ name: String) -> [Cell] {
        columns.firstIndex(of: name).map { cells[$0] } ?? []
    }

    /// The numbers of a column; what is no finite number is nil.
    func numbers(_ name: String) -> [Double?] {
        column(name).map { cell in
            switch cell {
            case .integer(let value): Double(value)
            case .real(let value) where value.isFinite: value
            default: nil
            }
        }
    }

    /// The texts of a column; numbers as text, NULL as nothing.
    func texts(_ name: String) -> [String] { column(name).map { $0.plainText ?? "" } }
}

/// Takes a result apart into columns.
private final class ColumnStore {
    package var columns: [String] = []
    var cells: [[Cell]] = []
}

private struct ColumnWriter: RowWriter {
    let store: ColumnStore

    mutating func begin(columns: [String]) {
        store.columns = columns
        store.cells = columns.map { _ in [] }
    }

    mutating func write(_ row: [Cell]) throws {
        try checkWidth(of: row, is: store.cells.count)
        for (index, cell) in row.enumerated() { store.cells[index].append(cell) }
    }

    mutating func end() {}
}
