import Digest

/// Takes rows of facts, value by value: the table that they are written into, or the checksum that they are compared with later.
protocol FactSink {
    mutating func add(_ value: Int64)
    mutating func add(_ value: Int)
    /// NaN is stored as NULL.
    mutating func add(_ value: Double)
    mutating func addNull()
    mutating func endRow() throws
}

extension RowChecksum: FactSink {}

extension InsertStatement: FactSink {
    mutating func add(_ value: Int64) { bind(value) }
    mutating func add(_ value: Int) { bind(value) }
    mutating func add(_ value: Double) { bind(value) }
    mutating func addNull() { bindNull() }
    mutating func endRow() throws { try insert() }
}
