/// GPT-2's map from bytes to printable characters, in which its files spell tokens (openai/gpt-2, `encoder.py`,
/// `bytes_to_unicode`): printable Latin-1 stands for itself, the other 68 bytes for U+0100 and on, in order.
enum ByteToUnicode {
    /// The byte that a scalar stands for, by its value; -1 where it stands for none.
    private static let byteOfScalar: [Int16] = {
        var table = [Int16](repeating: -1, count: 0x144)
        var next = 0x100
        for byte in 0..<256 {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: table[byte] = Int16(byte)
            default:
                table[next] = Int16(byte)
                next += 1
            }
        }
        return table
    }()

    /// The scalar that stands for each byte.
    private static let scalarOfByte: [UInt32] = {
        var table = [UInt32](repeating: 0, count: 256)
        for (scalar, byte) in byteOfScalar.enumerated() where byte >= 0 { table[Int(byte)] = UInt32(scalar) }
        return table
    }()

    /// Appends the character that stands for `byte`, in UTF-8.
    static func append(_ byte: UInt8, to spelling: inout [UInt8]) { spelling.appendUTF8(scalarOfByte[Int(byte)]) }

    /// Replaces a token's spelling, in UTF-8, by the bytes it stands for, in place: they are never more.
    /// Returns false, leaving `token` as it was, where a character stands for no byte.
    static func undo(_ token: inout [UInt8]) -> Bool {
        let count = byteOfScalar.withUnsafeBufferPointer { table in
            token.withUnsafeMutableBufferPointer { bytes in
                walk(bytes, table, writing: false).flatMap { _ in walk(bytes, table, writing: true) }
            }
        }
        guard let count else { return false }
        token.removeLast(token.count - count)
        return true
    }

    /// The number of bytes that the spelling in `token` stands for, written over its beginning when `writing`.
    @inline(__always)
    private static func walk(
        _ token: UnsafeMutableBufferPointer<UInt8>, _ table: UnsafeBufferPointer<Int16>, writing: Bool
    ) -> Int? {
        var count = 0
        var position = 0
        while position < token.count {
            var scalar = Int(token[position])
            position += 1
            if scalar >= 0x80 {  // all characters of the map take one or two bytes
                guard scalar < 0xE0, position < token.count else { return nil }
                scalar = (scalar & 0x1F) << 6 | Int(token[position] & 0x3F)
                position += 1
            }
            guard scalar < table.count, table[scalar] >= 0 else { return nil }
            if writing { token[count] = UInt8(table[scalar]) }
            count += 1
        }
        return count
    }
}
