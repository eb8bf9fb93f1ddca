import CSQLite
import Parquet
import Reading

/// Copies the rows of a statement into a Parquet file: from SQLite's memory to the column's, with nothing made for a cell.
struct ParquetRows {
    private let statement: Statement
    private let columns: [ParquetColumn]
    private let types: [ParquetColumn.DataType]
    /// Where the type of a vector stands.
    private let dtype: Int?
    private var widened: [Float] = []

    /// Every half as a float, by its bits.
    private static let halves: [Float] = (0...UInt16.max).map { Float(VectorReader.double(half: $0)) }

    init(_ statement: Statement, _ columns: [ParquetColumn]) {
        self.statement = statement
        self.columns = columns
        types = columns.map(\.type)
        dtype = columns.firstIndex { $0.name == "dtype" }
    }

    /// - Parameter isCancelled: asked now and then.
    mutating func copy(to writer: ParquetWriter, isCancelled: () -> Bool) throws {
        let batch = writer.batch
        while try statement.step() {
            for column in types.indices { try copy(column, to: batch) }
            batch.endRow()
            if batch.isFull {
                try writer.writeBatch()
                if isCancelled() { throw ParquetExportError.cancelled }
            }
        }
    }

    private mutating func copy(_ column: Int, to batch: RowBatch) throws {
        let found = statement.storageClass(column)
        if found == SQLITE_NULL { return }
        switch types[column] {
        case .integer where found == SQLITE_INTEGER:
            batch.set(column, to: statement.integer(column))
        case .double where found == SQLITE_FLOAT || found == SQLITE_INTEGER:
            batch.set(column, to: statement.double(column))
        case .text where found == SQLITE_TEXT:
            try copyText(column, to: batch)
        case .binary where found == SQLITE_BLOB:
            batch.set(column, to: try statement.checkedBytes(column))
        case .floatList where found == SQLITE_BLOB:
            try copyVector(column, to: batch)
        default:
            throw ParquetExportError.wrongType(
                column: columns[column].name, expected: "\(types[column])", found: Statement.name(ofStorageClass: found))
        }
    }

    /// What is not UTF-8 gets replacement characters, as in the other formats.
    private func copyText(_ column: Int, to batch: RowBatch) throws {
        let bytes = try statement.checkedText(column)
        if bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil {
            batch.set(column, to: bytes)
        } else {
            var repaired = String(decoding: bytes, as: UTF8.self)
            repaired.withUTF8 { batch.set(column, to: UnsafeRawBufferPointer($0)) }
        }
    }

    private mutating func copyVector(_ column: Int, to batch: RowBatch) throws {
        let bytes = try statement.checkedBytes(column)
        let type = dtype.flatMap { VectorType(rawValue: statement.text($0)) } ?? .float32
        guard bytes.count % type.size == 0 else {
            throw ParquetExportError.brokenVector(column: columns[column].name, bytes: bytes.count)
        }
        guard type == .float16 else { return batch.set(column, to: bytes) }
        let count = bytes.count / 2
        if widened.count < count { widened = Array(repeating: 0, count: count) }
        Self.halves.withUnsafeBufferPointer { halves in
            widened.withUnsafeMutableBufferPointer { widened in
                for index in 0..<count {
                    widened[index] =
                        halves[Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))]
                }
                batch.set(column, to: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: widened[..<count])))
            }
        }
    }
}
