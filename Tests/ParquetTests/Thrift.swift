/// A reader of Thrift's compact protocol, for tests.
struct Thrift {
    indirect enum Value: Equatable {
        case integer(Int64), bytes([UInt8]), list([Value]), structure([Int: Value])

        var integer: Int64 { if case .integer(let value) = self { value } else { .min } }
        var bytes: [UInt8] { if case .bytes(let value) = self { value } else { [] } }
        var list: [Value] { if case .list(let value) = self { value } else { [] } }
        var fields: [Int: Value] { if case .structure(let value) = self { value } else { [:] } }
    }

    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func structure() throws -> [Int: Value] {
        var fields: [Int: Value] = [:]
        var last = 0
        while true {
            let header = try byte()
            if header == 0 { return fields }
            last = header >> 4 == 0 ? Int(try zigzag()) : last + Int(header >> 4)
            fields[last] = try value(header & 15)
        }
    }

    private mutating func value(_ type: UInt8) throws -> Value {
        switch type {
        case 1, 2: return .integer(type == 1 ? 1 : 0)
        case 4, 5, 6: return .integer(try zigzag())
        case 8:
            let count = Int(try varint())
            guard position + count <= bytes.count else { throw MiniReader.Malformed(what: "binary") }
            defer { position += count }
            return .bytes(Array(bytes[position..<(position + count)]))
        case 9:
            let header = try byte()
            let count = header >> 4 == 15 ? Int(try varint()) : Int(header >> 4)
            return .list(try (0..<count).map { _ in try value(header & 15) })
        case 12: return .structure(try structure())
        default: throw MiniReader.Malformed(what: "thrift type \(type)")
        }
    }

    private mutating func byte() throws -> UInt8 {
        guard position < bytes.count else { throw MiniReader.Malformed(what: "thrift ends") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0, shift: UInt64 = 0
        while true {
            let next = try byte()
            value |= UInt64(next & 0x7f) << shift
            shift += 7
            if next < 0x80 { return value }
        }
    }

    private mutating func zigzag() throws -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}
