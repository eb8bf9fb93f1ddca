/// Writes structures in Thrift's compact protocol, as far as Parquet's metadata needs it.
/// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md)
package struct CompactWriter {
    package private(set) var bytes: [UInt8] = []
    private var lastField = 0

    private enum Kind: UInt8 {
        case i32 = 5, i64 = 6, binary = 8, list = 9, structure = 12
    }

    package init() {}

    /// The bytes of one structure.
    package static func structure(_ body: (inout CompactWriter) -> Void) -> [UInt8] {
        var writer = CompactWriter()
        body(&writer)
        writer.bytes.append(0)
        return writer.bytes
    }

    package mutating func field(_ id: Int, _ value: Int32) {
        header(id, .i32)
        varint(Self.zigzag(Int64(value)))
    }

    package mutating func field(_ id: Int, _ value: Int64) {
        header(id, .i64)
        varint(Self.zigzag(value))
    }

    package mutating func field(_ id: Int, bytes value: [UInt8]) {
        header(id, .binary)
        binary(value)
    }

    package mutating func field(_ id: Int, _ value: String) { field(id, bytes: Array(value.utf8)) }

    package mutating func field(_ id: Int, structure body: (inout CompactWriter) -> Void) {
        header(id, .structure)
        nested(body)
    }

    package mutating func field(_ id: Int, list values: [Int32]) {
        list(id, .i32, count: values.count)
        for value in values { varint(Self.zigzag(Int64(value))) }
    }

    package mutating func field(_ id: Int, list values: [String]) {
        list(id, .binary, count: values.count)
        for value in values { binary(Array(value.utf8)) }
    }

    package mutating func field<Element>(_ id: Int, list values: [Element], _ body: (Element, inout CompactWriter) -> Void) {
        list(id, .structure, count: values.count)
        for value in values { nested { body(value, &$0) } }
    }

    private mutating func header(_ id: Int, _ kind: Kind) {
        let step = id - lastField
        if (1...15).contains(step) {
            bytes.append(UInt8(step) << 4 | kind.rawValue)
        } else {
            bytes.append(kind.rawValue)
            varint(Self.zigzag(Int64(id)))
        }
        lastField = id
    }

    private mutating func list(_ id: Int, _ kind: Kind, count: Int) {
        header(id, .list)
        if count < 15 {
            bytes.append(UInt8(count) << 4 | kind.rawValue)
        } else {
            bytes.append(0xF0 | kind.rawValue)
            varint(UInt64(count))
        }
    }

    private mutating func nested(_ body: (inout CompactWriter) -> Void) {
        let outer = lastField
        lastField = 0
        body(&self)
        bytes.append(0)
        lastField = outer
    }

    private mutating func binary(_ value: [UInt8]) {
        varint(UInt64(value.count))
        bytes += value
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
}
