import CZstd

/// A reader of Parquet files for tests: as much of the format as `ParquetWriter` writes, from the specification, and with
/// nothing of the writer's.
struct MiniReader {
    enum Value: Equatable, CustomStringConvertible {
        case null
        case integer(Int64)
        case double(UInt64)  // bits
        case bytes([UInt8])
        case floats([UInt32])  // bits

        var description: String {
            switch self {
            case .null: "null"
            case .integer(let value): "\(value)"
            case .double(let bits): "\(Double(bitPattern: bits))"
            case .bytes(let bytes): "\(bytes)"
            case .floats(let bits): "\(bits.map { Float(bitPattern: $0) })"
            }
        }
    }

    struct Malformed: Error { let what: String }

    struct Chunk {
        let path: [String]
        let encodings: [Int64]
        let nulls: Int64?
        let minimum, maximum: [UInt8]?
        let pages: Int
    }

    private(set) var names: [String] = []
    private(set) var groupRows: [Int] = []
    /// By row group, then column.
    private(set) var chunks: [[Chunk]] = []
    private(set) var rows: [[Value]] = []
    let createdBy: String

    init(_ file: [UInt8]) throws {
        guard file.count > 12, file.prefix(4) == Array("PAR1".utf8)[...], file.suffix(4) == Array("PAR1".utf8)[...] else {
            throw Malformed(what: "magic")
        }
        let length = Int(Self.integer(file, at: file.count - 8, size: 4))
        var footer = Thrift(Array(file[(file.count - 8 - length)..<(file.count - 8)]))
        let metadata = try footer.structure()
        guard footer.isAtEnd else { throw Malformed(what: "footer length") }
        createdBy = String(decoding: metadata[6]?.bytes ?? [], as: UTF8.self)
        let schema = metadata[2]?.list.map(\.fields) ?? []
        var leaves: [(type: Int64, definition: Int, repetition: Int)] = []
        var element = 1
        for _ in 0..<Int(schema.first?[5]?.integer ?? 0) {
            names.append(String(decoding: schema[element][4]?.bytes ?? [], as: UTF8.self))
            let isList = schema[element][5] != nil
            element += isList ? 2 : 0
            leaves.append((schema[element][1]?.integer ?? -1, isList ? 2 : 1, isList ? 1 : 0))
            element += 1
        }
        guard element == schema.count, metadata[7]?.list.count == leaves.count else { throw Malformed(what: "schema") }
        for group in metadata[4]?.list.map(\.fields) ?? [] {
            var columns: [[Value]] = []
            var described: [Chunk] = []
            for (leaf, chunk) in zip(leaves, group[1]?.list.map(\.fields) ?? []) {
                let fields = chunk[3]?.fields ?? [:]
                let (values, pages) = try Self.read(file, fields, leaf)
                columns.append(values)
                let statistics = fields[12]?.fields ?? [:]
                described.append(
                    Chunk(
                        path: fields[3]?.list.map { String(decoding: $0.bytes, as: UTF8.self) } ?? [],
                        encodings: fields[2]?.list.map(\.integer) ?? [], nulls: statistics[3]?.integer,
                        minimum: statistics[6]?.bytes, maximum: statistics[5]?.bytes, pages: pages))
            }
            let count = Int(group[3]?.integer ?? -1)
            guard columns.allSatisfy({ $0.count == count }) else { throw Malformed(what: "rows: \(columns.map(\.count))") }
            for row in 0..<count { rows.append(columns.map { $0[row] }) }
            groupRows.append(count)
            chunks.append(described)
        }
        guard metadata[3]?.integer == Int64(rows.count) else { throw Malformed(what: "row count") }
    }

    private static func read(
        _ file: [UInt8], _ fields: [Int: Thrift.Value], _ leaf: (type: Int64, definition: Int, repetition: Int)
    ) throws -> ([Value], pages: Int) {
        guard fields[1]?.integer == leaf.type, fields[4]?.integer == 6 else { throw Malformed(what: "type or codec") }
        let end = Int((fields[11] ?? fields[9])?.integer ?? 0) + Int(fields[7]?.integer ?? 0)
        var offset = Int((fields[11] ?? fields[9])?.integer ?? 0), uncompressed = 0, leafCount = 0, pages = 0
        var dictionary: [Value] = [], values: [Value] = []
        while offset < end {
            var thrift = Thrift(Array(file[offset..<min(offset + 200, file.count)]))
            let header = try thrift.structure()
            let size = Int(header[3]?.integer ?? -1), full = Int(header[2]?.integer ?? -1)
            let start = offset + thrift.position
            let body = try decompress(Array(file[start..<(start + size)]), full)
            uncompressed += thrift.position + full
            offset = start + size
            if header[1]?.integer == 2 {
                let count = Int(header[7]?.fields[1]?.integer ?? -1)
                dictionary = try plain(body[...], leaf.type, count)
                guard dictionary.count == count else { throw Malformed(what: "dictionary count") }
                continue
            }
            pages += 1
            let page = header[5]?.fields ?? [:], count = Int(page[1]?.integer ?? -1)
            leafCount += count
            var rest = body[...]
            let repetition = leaf.repetition > 0 ? try levels(&rest, 1, count) : []
            let definition = try levels(&rest, leaf.definition == 2 ? 2 : 1, count)
            let present = definition.filter { $0 == leaf.definition }.count
            let found: [Value]
            if page[2]?.integer == 8 {
                let width = Int(rest.removeFirst())
                found = try hybrid(rest, width, present).map { dictionary[$0] }
            } else {
                found = try plain(rest, leaf.type, present)
            }
            values += leaf.repetition > 0 ? try lists(repetition, definition, found) : spread(definition, found)
        }
        guard offset == end, uncompressed == Int(fields[6]?.integer ?? -1), leafCount == Int(fields[5]?.integer ?? -1) else {
            throw Malformed(what: "sizes of a chunk")
        }
        return (values, pages)
    }

    private static func spread(_ definition: [Int], _ found: [Value]) -> [Value] {
        var next = found.makeIterator()
        return definition.map { $0 == 1 ? next.next() ?? .null : .null }
    }

    private static func lists(_ repetition: [Int], _ definition: [Int], _ found: [Value]) throws -> [Value] {
        var values: [Value] = []
        var next = found.makeIterator()
        for (repeated, defined) in zip(repetition, definition) {
            if repeated == 0 { values.append(defined == 0 ? .null : .floats([])) }
            guard defined == 2 else { continue }
            guard case .floats(let element)? = next.next(), case .floats(let list)? = values.last else {
                throw Malformed(what: "list")
            }
            values[values.count - 1] = .floats(list + element)
        }
        return values
    }

    private static func levels(_ rest: inout ArraySlice<UInt8>, _ width: Int, _ count: Int) throws -> [Int] {
        let length = Int(integer(Array(rest.prefix(4)), at: 0, size: 4))
        let bytes = rest.dropFirst(4).prefix(length)
        rest = rest.dropFirst(4 + length)
        return try hybrid(bytes, width, count)
    }

    private static func plain(_ bytes: ArraySlice<UInt8>, _ type: Int64, _ count: Int) throws -> [Value] {
        var values: [Value] = [], bytes = Array(bytes), offset = 0
        for _ in 0..<count {
            switch type {
            case 2, 5:
                let bits = integer(bytes, at: offset, size: 8)
                values.append(type == 2 ? .integer(Int64(bitPattern: bits)) : .double(bits))
                offset += 8
            case 4:
                values.append(.floats([UInt32(integer(bytes, at: offset, size: 4))]))
                offset += 4
            case 6:
                let length = Int(integer(bytes, at: offset, size: 4))
                values.append(.bytes(Array(bytes[(offset + 4)..<(offset + 4 + length)])))
                offset += 4 + length
            default: throw Malformed(what: "type \(type)")
            }
        }
        guard offset == bytes.count else { throw Malformed(what: "\(bytes.count - offset) bytes after the values") }
        bytes = []
        return values
    }

    /// `count` values of the RLE / bit-packing hybrid.
    static func hybrid(_ bytes: ArraySlice<UInt8>, _ width: Int, _ count: Int) throws -> [Int] {
        var values: [Int] = []
        var rest = bytes
        while values.count < count {
            var header = 0, shift = 0
            while true {
                guard let byte = rest.popFirst() else { throw Malformed(what: "run") }
                header |= Int(byte & 0x7f) << shift
                shift += 7
                if byte < 0x80 { break }
            }
            if header & 1 == 0 {
                var value = 0
                for byte in 0..<(width + 7) / 8 { value |= Int(rest.popFirst() ?? 0) << (8 * byte) }
                values += Array(repeating: value, count: header >> 1)
            } else {
                let packed = Array(rest.prefix((header >> 1) * width))
                rest = rest.dropFirst(packed.count)
                for index in 0..<(header >> 1) * 8 {
                    var value = 0
                    for bit in 0..<width {
                        let place = index * width + bit
                        value |= (Int(packed[place / 8]) >> (place % 8) & 1) << bit
                    }
                    values.append(value)
                }
            }
        }
        guard rest.isEmpty, values.count - count < 8 else { throw Malformed(what: "\(rest.count) bytes after the runs") }
        return Array(values.prefix(count))
    }

    private static func decompress(_ bytes: [UInt8], _ size: Int) throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: size)
        let found = ZSTD_decompress(&output, size, bytes, bytes.count)
        guard ZSTD_isError(found) == 0, found == size else { throw Malformed(what: "zstd") }
        return output
    }

    private static func integer(_ bytes: [UInt8], at offset: Int, size: Int) -> UInt64 {
        bytes[offset..<(offset + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
