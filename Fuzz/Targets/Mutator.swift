/// Changes bytes as a stranger might: a bit here, a length there, pieces cut, doubled, swapped and put in from elsewhere.
/// The same seed gives the same changes.
package struct Mutator {
    private var random: SplitMix
    /// Pieces that the format knows, to put in where they do not belong.
    private let dictionary: [[UInt8]]
    private let mostBytes: Int

    package init(seed: UInt64, dictionary: [[UInt8]] = [], mostBytes: Int = 1 << 16) {
        random = SplitMix(state: seed)
        self.dictionary = dictionary
        self.mostBytes = mostBytes
    }

    /// One of `seeds`, changed one to eight times.
    package mutating func next(from seeds: [[UInt8]]) -> [UInt8] {
        var bytes = pick(seeds) ?? []
        for _ in 0...below(below(8) + 1) { change(&bytes, seeds) }
        if bytes.count > mostBytes { bytes.removeLast(bytes.count - mostBytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8], _ seeds: [[UInt8]]) {
        guard !bytes.isEmpty else { return bytes.append(UInt8(below(256))) }
        let place = below(bytes.count)
        switch below(12) {
        case 0: bytes[place] ^= 1 << UInt8(below(8))
        case 1: bytes[place] = UInt8(below(256))
        case 2: bytes[place] = Self.edges[below(Self.edges.count)]
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(16)))
        case 4: bytes.removeLast(bytes.count - place)
        case 5:  // a stretch once more
            let stretch = Array(bytes[place..<min(bytes.count, place + 1 + below(64))])
            bytes.insert(contentsOf: stretch, at: below(bytes.count + 1))
        case 6:  // a stretch of another seed
            guard let other = pick(seeds), !other.isEmpty else { return }
            let start = below(other.count)
            bytes.insert(contentsOf: other[start..<min(other.count, start + 1 + below(64))], at: place)
        case 7: number(&bytes, place)
        case 8: decimal(&bytes, place)
        case 9: bytes.swapAt(place, below(bytes.count))
        case 10:
            let byte = bytes[place]
            bytes.insert(contentsOf: Array(repeating: byte, count: 1 << below(12)), at: place)
        default:
            guard let word = pick(dictionary) else { return }
            let end = min(bytes.count, place + (below(2) == 0 ? 0 : word.count))
            bytes.replaceSubrange(place..<end, with: word)
        }
    }

    /// A little-endian number of 1, 2, 4 or 8 bytes near an edge.
    private mutating func number(_ bytes: inout [UInt8], _ place: Int) {
        let width = 1 << below(4)
        let near: [UInt64] = [0, 1 << 7, 1 << 15, 1 << 31, 1 << 32, 1 << 53, 1 << 62, 1 << 63, UInt64(bytes.count)]
        let value = near[below(near.count)] &+ UInt64(below(5)) &- 2
        for index in 0..<width where place + index < bytes.count {
            bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
        }
    }

    /// Digits after `place` become another number.
    private mutating func decimal(_ bytes: inout [UInt8], _ place: Int) {
        guard let start = bytes[place...].firstIndex(where: { (0x30...0x39).contains($0) }) else { return }
        let end = bytes[start...].firstIndex { !(0x30...0x39).contains($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Array(Self.decimals[below(Self.decimals.count)].utf8))
    }

    private static let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFE, 0xFF, 0x0A, 0x22, 0x5C, 0x7B, 0x7D]
    private static let decimals = [
        "0", "-1", "1", "2", "255", "65536", "2147483647", "2147483648", "4294967296", "9007199254740993", "9223372036854775807",
        "9223372036854775808", "18446744073709551615", "99999999999999999999999", "1e999", "1e-999", "0.1", "-0", "01", "1.",
    ]

    private mutating func pick<Element>(_ list: [Element]) -> Element? { list.isEmpty ? nil : list[below(list.count)] }

    private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
}

/// Steele, Lea and Flood's generator: small, quick, the same everywhere.
package struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
