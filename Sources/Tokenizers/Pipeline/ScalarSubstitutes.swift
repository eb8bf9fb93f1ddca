/// Scalars that stand in a text for others, of as many bytes, so that PCRE2 sees the classes that Hugging Face's tokenizers see,
/// whose Unicode is newer.
enum ScalarSubstitutes {
    /// Whether a block of 256 scalars has one that is replaced.
    private static let blocks: [Bool] = {
        var blocks = [Bool](repeating: false, count: 0x1100)
        for row in stride(from: 0, to: table.count - 2, by: 3) {
            for block in table[row] >> 8...table[row + 1] >> 8 { blocks[Int(block)] = true }
        }
        return blocks
    }()

    /// Whether `text` has a scalar that is replaced.
    static func areNeeded(in text: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        while position < text.count {
            while position + 8 <= text.count,
                text.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                position += 8
            }
            guard position < text.count else { return false }
            if text[position] < 0x80 { position += 1; continue }
            let scalar = text.scalar(at: &position)
            if blocks[Int(scalar >> 8)], substitute(for: scalar) != nil { return true }
        }
        return false
    }

    /// `text` with the scalars replaced; each byte offset keeps its meaning.
    static func replacing(in text: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            let start = position
            let scalar = text.scalar(at: &position)
            if blocks[Int(scalar >> 8)], let substitute = substitute(for: scalar) {
                result.appendUTF8(substitute)
            } else {
                result.append(contentsOf: text[start..<position])
            }
        }
        return result
    }

    private static func substitute(for scalar: UInt32) -> UInt32? {
        var (low, high) = (0, table.count / 3)
        while low < high {
            let middle = (low + high) / 2
            if table[3 * middle + 1] < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < table.count / 3, table[3 * low] <= scalar else { return nil }
        return table[3 * low + 2]
    }
}
