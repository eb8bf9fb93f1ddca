import Checkpoints

/// Walks over the pieces into which GPT-2's rule cuts a text (openai/gpt-2, `encoder.py`), in order and without gaps: the regular expression
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
/// on Unicode scalars, matched by hand in linear time; only U+0020 leads a piece.
///
/// The text must outlive the scanner. A byte that is not UTF-8 counts as punctuation.
package struct PieceScanner {
    private let text: UnsafeRawBufferPointer
    private let classes = ScalarClasses.shared
    private var position = 0

    package init(_ text: UnsafeRawBufferPointer) { self.text = text }

    /// The next piece, or nil at the end.
    package mutating func next() -> Range<Int>? {
        guard position < text.count else { return nil }
        let start = position
        position = end(of: start)
        return start..<position
    }

    /// The end of the piece that begins at `start`.
    private func end(of start: Int) -> Int {
        let lead = text[start]
        if lead == UInt8(ascii: "'"), let end = contractionEnd(start) { return end }
        // " ?" in front of a run of one class
        let body = lead == 0x20 ? start + 1 : start
        if body < text.count {
            let (kind, length) = scalar(at: body)
            if kind != .space { return runEnd(from: body + length, of: kind) }
        }
        // \s+(?!\S)|\s+: white space up to the end, else all but its last scalar, else that one
        var last = start
        var end = start
        while end < text.count {
            let (kind, length) = scalar(at: end)
            if kind != .space { return last > start ? last : end }
            last = end
            end += length
        }
        return end
    }

    /// The end of one of `'s 't 'm 'd 're 've 'll` at `start`.
    private func contractionEnd(_ start: Int) -> Int? {
        guard start + 1 < text.count else { return nil }
        switch text[start + 1] {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
            return start + 2
        case let first:
            guard start + 2 < text.count else { return nil }
            switch (first, text[start + 2]) {
            case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
                (UInt8(ascii: "l"), UInt8(ascii: "l")):
                return start + 3
            default:
                return nil
            }
        }
    }

    /// Where scalars of class `kind` end.
    private func runEnd(from start: Int, of kind: ScalarClass) -> Int {
        var end = start
        while end < text.count {
            let (next, length) = scalar(at: end)
            if next != kind { break }
            end += length
        }
        return end
    }

    /// The class and length in bytes of the scalar at `offset`.
    @inline(__always)
    private func scalar(at offset: Int) -> (kind: ScalarClass, length: Int) {
        let lead = text[offset]
        if lead < 0x80 { return (classes[UInt32(lead)], 1) }
        let length = UTF8Validation.sequenceLength(text, at: offset)
        func continuation(_ i: Int) -> UInt32 { UInt32(text[offset + i] & 0x3F) }
        switch length {
        case 2: return (classes[UInt32(lead & 0x1F) << 6 | continuation(1)], 2)
        case 3: return (classes[UInt32(lead & 0x0F) << 12 | continuation(1) << 6 | continuation(2)], 3)
        case 4:
            let high = UInt32(lead & 0x07) << 18 | continuation(1) << 12
            return (classes[high | continuation(2) << 6 | continuation(3)], 4)
        default: return (.other, 1)
        }
    }
}
