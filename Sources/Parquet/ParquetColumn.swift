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
