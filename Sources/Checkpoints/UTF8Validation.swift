/// Checks that bytes are UTF-8 as the Unicode standard defines it (table 3-7): no overlong forms, no surrogates.
public enum UTF8Validation {
    /// Offset of the first byte that does not belong to a well-formed sequence; nil when all of them do.
    public static func firstInvalidByte(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var position = 0
        while position < bytes.count {
            // Eight ASCII bytes at a time.
            while position + 8 <= bytes.count,
                bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                position += 8
            }
            guard position < bytes.count else { return nil }
            let length = sequenceLength(bytes, at: position)
            if length == 0 { return position }
            position += length
        }
        return nil
    }

    /// Offset of the first byte that does not belong to a well-formed sequence; nil when all of them do.
    public static func firstInvalidByte(_ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBytes { firstInvalidByte($0) }
    }

    /// Length of the well-formed sequence that begins at `position`, 1 to 4; 0 where none does.
    @inline(__always)
    package static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Int {
        let lead = bytes[position]
        if lead < 0x80 { return 1 }
        // The second byte's range is narrower after E0, ED, F0 and F4.
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return 0 }
        for next in position + 2..<max(position + 2, position + length) where bytes[next] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
