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
