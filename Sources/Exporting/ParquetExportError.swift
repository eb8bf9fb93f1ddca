/// What a recording, or the place for its export, has that Parquet files cannot be made of.
public enum ParquetExportError: Error, Equatable, CustomStringConvertible {
    /// A value is not of its column's type: the file is not as its schema says.
    case wrongType(column: String, expected: String, found: String)
    /// The values of a query's column are of types that no one type holds.
    case mixedTypes(column: String, found: [String])
    /// The bytes of a vector are no whole number of values.
    case brokenVector(column: String, bytes: Int)
    case notADirectory(path: String)
    case notEmpty(path: String)
    /// What --force would remove is more than an export.
    case notAnExport(path: String, entry: String)
    case cancelled

    public var description: String {
        switch self {
        case .wrongType(let column, let expected, let found): "column '\(column)' is \(expected), but holds \(found)"
        case .mixedTypes(let column, let found):
            "column '\(column)' holds \(found.joined(separator: " and ")): a Parquet column has one type"
        case .brokenVector(let column, let bytes):
            "column '\(column)' has a vector of \(bytes) bytes, which are no whole number of values"
        case .notADirectory(let path): "\(path) is a file; the export is a directory (or name one file: -o NAME.parquet)"
        case .notEmpty(let path): "the directory \(path) is not empty; --force replaces an earlier export"
        case .notAnExport(let path, let entry): "\(path) holds '\(entry)', which no export makes: it is not replaced"
        case .cancelled: "stopped; nothing was written"
        }
    }
}
