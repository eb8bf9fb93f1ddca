import Foundation

/// SentencePiece's table of replacements (`precompiled_charsmap`): a double-array trie (Darts) whose values are places in a list of
/// texts, each ended by NUL. Applied as Hugging Face's tokenizers do: to grapheme clusters shorter than 6 bytes as a whole, else to
/// their scalars, and of several entries that a text begins with the shortest one counts.
struct PrecompiledMap: Sendable {
    private let units: [UInt32]
    private let texts: [UInt8]

    /// Decodes the map; nil where the bytes are not one.
    init?(base64: String) {
        guard let data = Data(base64Encoded: base64), data.count >= 4 else { return nil }
        let bytes = [UInt8](data)
        func word(_ at: Int) -> UInt32 {
            UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
        }
        let size = Int(word(0))
        guard size.isMultiple(of: 4), size <= bytes.count - 4 else { return nil }
        units = (0..<size / 4).map { word(4 + 4 * $0) }
        texts = Array(bytes[(4 + size)...])
        guard String(validating: texts, as: UTF8.self) != nil else { return nil }
    }

    func apply(to text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for cluster in String(decoding: text, as: UTF8.self) {
            let bytes = Array(String(cluster).utf8)
            if bytes.count < 6, let found = replacement(bytes[...]) {
                result.append(contentsOf: found)
                continue
            }
            for scalar in cluster.unicodeScalars {
                let bytes = Array(String(scalar).utf8)
                result.append(contentsOf: replacement(bytes[...]) ?? bytes[...])
            }
        }
        return result
    }

    /// The replacement of the shortest entry that `key` begins with.
    private func replacement(_ key: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let root = units.first else { return nil }
        var node = Self.offset(root)
        for byte in key {
            if byte == 0 { return nil }
            node ^= Int(byte)
            guard node < units.count, case let unit = units[node], unit & 0x8000_00FF == UInt32(byte) else { return nil }
            node ^= Self.offset(unit)
            guard node < units.count else { return nil }
            if unit >> 8 & 1 == 1 {
                let place = Int(units[node] & 0x7FFF_FFFF)
                guard place <= texts.count else { return nil }
                return texts[place...].prefix { $0 != 0 }
            }
        }
        return nil
    }

    private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & 1 << 9) >> 6)) }
}
