/// Writes one Parquet file, row group by row group, from front to back: fill `batch`, write it whenever it is full, finish.
///
/// The memory it takes is that of one row group, however long the file.
public final class ParquetWriter {
    public struct Options: Sendable {
        /// Encoded bytes of a row group, before compression; it ends with the batch that reaches them.
        public var rowGroupBytes: Int
        /// Rows of a row group, about: narrow rows reach no size, but readers share work by row groups.
        public var rowGroupRows: Int
        /// Written into the footer, as "name version 1.2.3".
        public var createdBy: String

        public init(rowGroupBytes: Int = 64 << 20, rowGroupRows: Int = 1 << 20, createdBy: String) {
            self.rowGroupBytes = rowGroupBytes
            self.rowGroupRows = rowGroupRows
            self.createdBy = createdBy
        }
    }

    /// The rows that come next.
    public let batch: RowBatch
    /// Rows that were written.
    public private(set) var rows = 0

    private let columns: [ParquetColumn]
    private let options: Options
    private let write: (UnsafeRawBufferPointer) throws -> Void
    private let chunks: [ColumnChunk]
    private var groups: [RowGroupMetadata] = []
    private var groupRows = 0
    private var offset = 0

    private static let magic = Array("PAR1".utf8)

    /// - Parameter write: takes the file's bytes, in order. Errors of its own pass through.
    public init(
        columns: [ParquetColumn], options: Options, write: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard !columns.isEmpty else { throw ParquetError.noColumns }
        var names: Set<String> = []
        for column in columns where !names.insert(column.name).inserted { throw ParquetError.duplicateColumn(column.name) }
        let compressor = try Compressor()
        self.columns = columns
        self.options = options
        self.write = write
        batch = RowBatch(columns: columns)
        chunks = columns.map { ColumnChunk($0, compressor: compressor) }
        try append(Self.magic)
    }

    /// Takes the rows of `batch` and empties it.
    public func writeBatch() throws {
        for (index, chunk) in chunks.enumerated() { try chunk.append(batch.slot(index), rows: batch.rows) }
        groupRows += batch.rows
        rows += batch.rows
        batch.removeAll()
        if groupRows >= options.rowGroupRows || chunks.reduce(0, { $0 + $1.size }) >= options.rowGroupBytes { try endGroup() }
    }

    /// Writes what is left, and the footer. Without it there is no Parquet file.
    public func finish() throws {
        if batch.rows > 0 { try writeBatch() }
        if groupRows > 0 { try endGroup() }
        let footer = FileMetadata(columns: columns, groups: groups, createdBy: options.createdBy).bytes
        try append(footer + withUnsafeBytes(of: UInt32(footer.count).littleEndian) { Array($0) } + Self.magic)
    }

    private func endGroup() throws {
        let start = offset
        var metadata: [ChunkMetadata] = []
        for chunk in chunks { metadata.append(try chunk.finish(at: offset, append)) }
        groups.append(RowGroupMetadata(chunks: metadata, rows: groupRows, offset: start))
        groupRows = 0
    }

    private func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes(append) }

    private func append(_ bytes: UnsafeRawBufferPointer) throws {
        try write(bytes)
        offset += bytes.count
    }
}

/// One column of a Parquet file. Every column may hold nulls.
public struct ParquetColumn: Sendable, Equatable {
    /// What a column holds.
    public enum DataType: Sendable, Equatable {
        /// Signed 64-bit integers.
        case integer
        /// IEEE 754 binary64.
        case double
        /// UTF-8 text.
        case text
        /// Bytes of any kind.
        case binary
        /// Lists of IEEE 754 binary32; a list may be empty, its elements are never null.
        case floatList
    }

    public let name: String
    public let type: DataType

    public init(name: String, type: DataType) {
        self.name = name
        self.type = type
    }
}

/// Why a Parquet file cannot be written.
public enum ParquetError: Error, Equatable, CustomStringConvertible {
    /// The format has no files without columns.
    case noColumns
    case duplicateColumn(String)
    /// A page may hold 2 GB; one value, or the values of one row, are more.
    case pageTooLarge(column: String, bytes: Int)
    case compressionFailed(reason: String)

    public var description: String {
        switch self {
        case .noColumns: "a Parquet file needs a column"
        case .duplicateColumn(let name): "two columns are called '\(name)'; a Parquet file needs different names"
        case .pageTooLarge(let column, let bytes): "column '\(column)': a page of \(bytes) bytes; Parquet allows 2 GB"
        case .compressionFailed(let reason): "zstd: \(reason)"
        }
    }
}
