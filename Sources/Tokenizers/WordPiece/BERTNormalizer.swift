import Checkpoints

/// How BERT changes text before it is cut into words (google-research/bert, `tokenization.py`, `BasicTokenizer`; details as in Hugging Face's
/// tokenizers, `BertNormalizer`).
struct BERTNormalizer: Sendable, Equatable {
    /// Drops controls, formats, private use and U+FFFD; all white space becomes U+0020 (`clean_text`).
    var cleansText = true
    /// Sets CJK ideographs apart, each a word (`handle_chinese_chars`).
    var separatesChinese = true
    /// Decomposes canonically and drops nonspacing marks (`strip_accents`).
    var stripsAccents = true
    /// Lower case, scalar by scalar (`lowercase`).
    var lowercases = true

    /// All of it, as for BERT uncased.
    init() {}

    /// Lower case and nothing else.
    static let lowercasing = {
        var lowercasing = BERTNormalizer()
        (lowercasing.cleansText, lowercasing.separatesChinese, lowercasing.stripsAccents) = (false, false, false)
        return lowercasing
    }()

    /// `text` changed, and not cut.
    func normalized(_ text: [UInt8]) -> [UInt8] {
        let scalars = text.withUnsafeBytes { normalized($0) }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for scalar in scalars { result.appendUTF8(scalar) }
        return result
    }

    private func normalized(_ text: UnsafeRawBufferPointer) -> [UInt32] {
        let table = BERTScalars.shared
        var scalars = cleaned(text, table)
        if stripsAccents { scalars = Self.stripped(scalars, table) }
        if lowercases { scalars = Self.lowercased(scalars, table) }
        return scalars
    }

    /// The scalars of `text`, cleaned and ideographs set apart as far as is asked for.
    private func cleaned(_ text: UnsafeRawBufferPointer, _ table: BERTScalars) -> [UInt32] {
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            let scalar = text.scalar(at: &position)
            let properties = table[scalar]
            if cleansText, properties.contains(.removed) { continue }
            if cleansText, properties.contains(.space) {
                scalars.append(0x20)
            } else if separatesChinese, properties.contains(.chinese) {
                scalars += [0x20, scalar, 0x20]
            } else {
                scalars.append(scalar)
            }
        }
        return scalars
    }

    /// Canonical decomposition, in canonical order, without nonspacing marks.
    private static func stripped(_ scalars: [UInt32], _ table: BERTScalars) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(scalars.count)
        for scalar in scalars {
            if table[scalar].contains(.decomposes) {
                table.appendDecomposition(scalar, to: &result)
            } else {
                result.append(scalar)
            }
        }
        // Marks in order of class between starters; those of one class keep their order.
        var start = 0
        while start < result.count {
            var end = start
            while end < result.count, table[result[end]].contains(.combines) { end += 1 }
            if end > start + 1 {
                let run = result[start..<end].enumerated().map {
                    (class: table.combiningClass($0.element), place: $0.offset, scalar: $0.element)
                }
                let ordered = run.sorted { ($0.class, $0.place) < ($1.class, $1.place) }
                result.replaceSubrange(start..<end, with: ordered.map(\.scalar))
            }
            start = end + 1
        }
        result.removeAll { table[$0].contains(.mark) }
        return result
    }

    private static func lowercased(_ scalars: [UInt32], _ table: BERTScalars) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(scalars.count)
        for scalar in scalars {
            if table[scalar].contains(.hasLowercase) {
                table.appendLowercase(scalar, to: &result)
            } else {
                result.append(scalar)
            }
        }
        return result
    }
}

extension UnsafeRawBufferPointer {
    /// The scalar at `position`, which moves past it; U+FFFD for a byte that is not UTF-8.
    func scalar(at position: inout Int) -> UInt32 {
        let lead = self[position]
        let length = lead < 0x80 ? 1 : UTF8Validation.sequenceLength(self, at: position)
        defer { position += Swift.max(1, length) }
        func continuation(_ i: Int) -> UInt32 { UInt32(self[position + i] & 0x3F) }
        switch length {
        case 1: return UInt32(lead)
        case 2: return UInt32(lead & 0x1F) << 6 | continuation(1)
        case 3: return UInt32(lead & 0x0F) << 12 | continuation(1) << 6 | continuation(2)
        case 4:
            let high = UInt32(lead & 0x07) << 18 | continuation(1) << 12
            return high | continuation(2) << 6 | continuation(3)
        default: return 0xFFFD
        }
    }
}

extension [UInt8] {
    /// Appends a scalar that is no surrogate, at most 0x10FFFF.
    mutating func appendUTF8(_ scalar: UInt32) {
        func continuation(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: scalar >> shift & 0x3F) }
        switch scalar {
        case 0..<0x80: append(UInt8(scalar))
        case 0x80..<0x800: self += [0xC0 | UInt8(scalar >> 6), continuation(0)]
        case 0x800..<0x10000: self += [0xE0 | UInt8(scalar >> 12), continuation(6), continuation(0)]
        default: self += [0xF0 | UInt8(truncatingIfNeeded: scalar >> 18), continuation(12), continuation(6), continuation(0)]
        }
    }
}
