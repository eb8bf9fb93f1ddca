/// Passes on some of a result's columns, in an order of the user's.
public struct ChosenColumns: RowWriter {
    private var writer: any RowWriter
    private let names: [String]
    private var indices: [Int] = []
    private var count = 0

    /// - Parameter names: of the columns to keep; `-` stands for `_`.
    public init(_ names: [String], writer: any RowWriter) {
        self.names = names
        self.writer = writer
    }

    /// - Throws: `UnknownName` for a name that the result does not have.
    public mutating func begin(columns: [String]) throws {
        indices = try names.map { name in
            let index = columns.firstIndex(of: name) ?? columns.firstIndex(of: UnknownName.normalized(name))
            guard let index else { throw UnknownName(kind: "column", name: name, known: columns) }
            return index
        }
        count = columns.count
        try writer.begin(columns: indices.map { columns[$0] })
    }

    public mutating func write(_ row: [Cell]) throws {
        try checkWidth(of: row, is: count)
        try writer.write(indices.map { row[$0] })
    }

    public mutating func end() throws { try writer.end() }
}
