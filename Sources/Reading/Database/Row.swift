import Output
import Queries

/// A row of an answer: cells by the names of their columns or by their places.
public struct Row: Sendable, Equatable {
    public let columns: [String]
    /// As many as there are columns.
    public let cells: [Cell]

    /// NULL where no column has the name.
    public subscript(_ column: String) -> Cell { columns.firstIndex(of: column).map { cells[$0] } ?? .null }
    public subscript(_ index: Int) -> Cell { cells[index] }
}

extension ReadOnlyDatabase {
    /// All rows of one statement that reads, in memory. `run(_:parameters:into:)` takes an answer of any length, row by row.
    /// `parameters` are values by name, without the `:`; one that is not given is NULL.
    public func rows(_ sql: String, parameters: [String: Cell] = [:]) throws -> [Row] {
        let result = CollectedRows()
        var writer: any RowWriter = result
        try run(sql, parameters: parameters, into: &writer)
        return result.rows
    }

    /// All rows of a named query's answer, with values as they stand on a command line.
    public func rows(_ query: NamedQuery, values: [String: String] = [:]) throws -> [Row] {
        try rows(query.sql, parameters: query.parameters(from: values))
    }
}

/// Keeps a result in memory.
private final class CollectedRows: RowWriter {
    private var columns: [String] = []
    private(set) var rows: [Row] = []

    func begin(columns: [String]) { self.columns = columns }
    func write(_ row: [Cell]) { rows.append(Row(columns: columns, cells: row)) }
    func end() {}
}
