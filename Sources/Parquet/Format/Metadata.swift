// The structures of parquet.thrift that a file of ours holds; numbers of fields and values are the format's.
// (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift)

enum PhysicalType: Int32 {
    case int64 = 2, float = 4, double = 5, byteArray = 6
}

enum Encoding: Int32 {
    case plain = 0, rle = 3, rleDictionary = 8
}

/// A column chunk, as the footer describes it.
struct ChunkMetadata {
    let column: ParquetColumn
    let encodings: [Encoding]
    /// Leaf values, nulls included.
    let values: Int
    let uncompressed: Int
    let compressed: Int
    /// Bytes from the beginning of the file.
    let dictionaryOffset: Int?
    let dataOffset: Int
    let statistics: Statistics
}

struct RowGroupMetadata {
    let chunks: [ChunkMetadata]
    let rows: Int
    let offset: Int
}

enum PageHeader {
    static func data(values: Int, encoding: Encoding, uncompressed: Int, compressed: Int) -> [UInt8] {
        CompactWriter.structure {
            $0.field(1, Int32(0))
            $0.field(2, Int32(uncompressed))
            $0.field(3, Int32(compressed))
            $0.field(5) {
                $0.field(1, Int32(values))
                $0.field(2, encoding.rawValue)
                $0.field(3, Encoding.rle.rawValue)
                $0.field(4, Encoding.rle.rawValue)
            }
        }
    }

    static func dictionary(values: Int, uncompressed: Int, compressed: Int) -> [UInt8] {
        CompactWriter.structure {
            $0.field(1, Int32(2))
            $0.field(2, Int32(uncompressed))
            $0.field(3, Int32(compressed))
            $0.field(7) {
                $0.field(1, Int32(values))
                $0.field(2, Encoding.plain.rawValue)
            }
        }
    }
}

extension ParquetColumn {
    var physicalType: PhysicalType {
        switch type {
        case .integer: .int64
        case .double: .double
        case .text, .binary: .byteArray
        case .floatList: .float
        }
    }

    /// From the root of the schema to the leaf.
    var path: [String] { type == .floatList ? [name, "list", "element"] : [name] }
}

/// The footer: the schema, then where everything is.
struct FileMetadata {
    let columns: [ParquetColumn]
    let groups: [RowGroupMetadata]
    /// The program and its version, in the form that readers parse: "name version 1.2.3".
    let createdBy: String

    private static let zstd: Int32 = 6
    private static let (required, optional, repeated): (Int32, Int32, Int32) = (0, 1, 2)

    var bytes: [UInt8] {
        CompactWriter.structure { file in
            file.field(1, Int32(1))
            file.field(2, list: columns.reduce([.root(children: columns.count)]) { $0 + Self.elements($1) }) { $0.write(&$1) }
            file.field(3, Int64(groups.reduce(0) { $0 + $1.rows }))
            file.field(4, list: groups, Self.write)
            file.field(6, createdBy)
            file.field(7, list: columns) { $1.field(1) { _ in } }  // the order of each column is that of its type
        }
    }

    private struct Element {
        var type: PhysicalType?
        var repetition: Int32?
        let name: String
        var children: Int?
        /// The old annotation, and the field of the new one.
        var annotation: (converted: Int32, logical: Int)?

        static func root(children: Int) -> Element { Element(name: "schema", children: children) }

        func write(_ writer: inout CompactWriter) {
            if let type { writer.field(1, type.rawValue) }
            if let repetition { writer.field(3, repetition) }
            writer.field(4, name)
            if let children { writer.field(5, Int32(children)) }
            if let annotation {
                writer.field(6, annotation.converted)
                writer.field(10) { $0.field(annotation.logical) { _ in } }
            }
        }
    }

    private static func elements(_ column: ParquetColumn) -> [Element] {
        switch column.type {
        case .integer, .double, .binary:
            [Element(type: column.physicalType, repetition: optional, name: column.name)]
        case .text:
            [Element(type: .byteArray, repetition: optional, name: column.name, annotation: (converted: 0, logical: 1))]
        case .floatList:
            [
                Element(repetition: optional, name: column.name, children: 1, annotation: (converted: 3, logical: 3)),
                Element(repetition: repeated, name: "list", children: 1),
                Element(type: .float, repetition: required, name: "element"),
            ]
        }
    }

    private static func write(_ group: RowGroupMetadata, _ writer: inout CompactWriter) {
        writer.field(1, list: group.chunks) { chunk, writer in
            writer.field(2, Int64(0))  // deprecated; 0 is what the format asks for
            writer.field(3) { write(chunk, &$0) }
        }
        writer.field(2, Int64(group.chunks.reduce(0) { $0 + $1.uncompressed }))
        writer.field(3, Int64(group.rows))
        writer.field(5, Int64(group.offset))
        writer.field(6, Int64(group.chunks.reduce(0) { $0 + $1.compressed }))
    }

    private static func write(_ chunk: ChunkMetadata, _ writer: inout CompactWriter) {
        writer.field(1, chunk.column.physicalType.rawValue)
        writer.field(2, list: chunk.encodings.map(\.rawValue))
        writer.field(3, list: chunk.column.path)
        writer.field(4, zstd)
        writer.field(5, Int64(chunk.values))
        writer.field(6, Int64(chunk.uncompressed))
        writer.field(7, Int64(chunk.compressed))
        writer.field(9, Int64(chunk.dataOffset))
        if let offset = chunk.dictionaryOffset { writer.field(11, Int64(offset)) }
        writer.field(12) {
            if chunk.column.type != .floatList { $0.field(3, Int64(chunk.statistics.nulls)) }
            if let bounds = chunk.statistics.bounds {
                $0.field(5, bytes: bounds.maximum)
                $0.field(6, bytes: bounds.minimum)
            }
        }
    }
}
