import Checkpoints

/// How text is cut into pieces, inside which byte pairs merge.
///
/// GPT-2's rule (openai/gpt-2, `encoder.py`) is the regular expression
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
/// on Unicode scalars; only U+0020 leads a piece. It is matched by hand here, in linear time.
public enum PreTokenizer: Sendable, Equatable {
    /// GPT-2's rule.
    case gpt2
    /// Every number scalar is cut out first, to stand alone; then GPT-2's rule on what lies between (SmolLM2).
    case singleNumbers

    /// The pieces of `text`, in order and without gaps.
    public func pieces(of text: [UInt8]) -> [Range<Int>] {
        text.withUnsafeBytes { raw in
            var scanner = PieceScanner(raw, rule: self)
            var result: [Range<Int>] = []
            while let piece = scanner.next() { result.append(piece) }
            return result
        }
    }
}

/// Walks over the pieces of a text. The text must outlive the scanner. A byte that is not UTF-8 counts as punctuation.
struct PieceScanner {
    private let text: UnsafeRawBufferPointer
    private let classes: ScalarClasses
    private let singleNumbers: Bool
    private var position = 0
    /// Where the rule sees the text end: the true end, or the next number that stands alone.
    private var limit: Int

    init(_ text: UnsafeRawBufferPointer, rule: PreTokenizer) {
        self.text = text
        singleNumbers = rule == .singleNumbers
        classes = singleNumbers ? .digits : .shared
        limit = singleNumbers ? 0 : text.count
    }

    /// The next piece, or nil at the end.
    mutating func next() -> Range<Int>? {
        guard position < text.count else { return nil }
        let start = position
        if position == limit {  // only with single numbers: at the start of the text, or at a number
            let (kind, length) = scalar(at: position)
            if kind == .number {
                position += length
                limit = position
                return start..<position
            }
            limit = nextNumber(from: position)
        }
        position = end(of: start)
        return start..<position
    }

    /// The end of the piece that begins at `start`.
    private func end(of start: Int) -> Int {
        let lead = text[start]
        if lead == UInt8(ascii: "'"), let end = contractionEnd(start) { return end }
        // " ?" in front of a run of one class
        let body = lead == 0x20 ? start + 1 : start
        if body < limit {
            let (kind, length) = scalar(at: body)
            if kind != .space { return runEnd(from: body + length, of: kind) }
        }
        // \s+(?!\S)|\s+: white space up to the end, else all but its last scalar, else that one
        var last = start
        var end = start
        while end < limit {
            let (kind, length) = scalar(at: end)
            if kind != .space { return last > start ? last : end }
            last = end
            end += length
        }
        return end
    }

    /// The end of one of `'s 't 'm 'd 're 've 'll` at `start`.
    private func contractionEnd(_ start: Int) -> Int? {
        guard start + 1 < limit else { return nil }
        switch text[start + 1] {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
            return start + 2
        case let first:
            guard start + 2 < limit else { return nil }
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
        while end < limit {
            let (next, length) = scalar(at: end)
            if next != kind { break }
            end += length
        }
        return end
    }

    private func nextNumber(from start: Int) -> Int {
        var end = start
        while end < text.count {
            let (kind, length) = scalar(at: end)
            if kind == .number { break }
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
