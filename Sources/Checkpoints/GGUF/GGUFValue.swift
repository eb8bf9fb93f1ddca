/// A value of a GGUF file's metadata.
public enum GGUFValue: Sendable {
    case unsigned(UInt64)
    case signed(Int64)
    case float32(Float)
    case float64(Double)
    case bool(Bool)
    /// Bytes that should be UTF-8.
    case string([UInt8])
    case array(GGUFArray)
}

/// An array of a GGUF file's metadata, in place in the file, which has been checked to hold all of it.
public struct GGUFArray: Sendable {
    let elementType: GGUFValueType
    /// Number of elements.
    public let count: Int
    package let bytes: SharedBytes

    /// The elements' bytes where they are strings, else nil.
    public var strings: [[UInt8]]? {
        guard elementType == .string else { return nil }
        return bytes.withUnsafeBytes { raw in
            var strings: [[UInt8]] = []
            strings.reserveCapacity(count)
            var position = 0
            while strings.count < count {
                let length = Int(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
                strings.append(Array(raw[position + 8..<position + 8 + length]))
                position += 8 + length
            }
            return strings
        }
    }

    /// The elements where they are 32-bit integers, with sign or without, at most 4096 of them, else nil.
    package var wholeNumbers: [Int]? {
        guard count <= 4096 else { return nil }
        if let signed = int32s { return signed.map(Int.init) }
        guard elementType == .uint32 else { return nil }
        return bytes.withUnsafeBytes { raw in
            (0..<count).map { Int(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))) }
        }
    }

    /// The elements where they are 32-bit floats, else nil.
    package var floats: [Float]? {
        guard elementType == .float32 else { return nil }
        return bytes.withUnsafeBytes { raw in
            (0..<count).map { Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))) }
        }
    }

    /// The elements where they are 32-bit integers with sign, else nil.
    public var int32s: [Int32]? {
        guard elementType == .int32 else { return nil }
        return bytes.withUnsafeBytes { raw in
            (0..<count).map { Int32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self)) }
        }
    }
}

/// The types of metadata (ggml-org/ggml, `docs/gguf.md`).
enum GGUFValueType: UInt32 {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// The fewest bytes a value takes.
    var leastByteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64, .string: 8
        case .array: 12
        }
    }
}
