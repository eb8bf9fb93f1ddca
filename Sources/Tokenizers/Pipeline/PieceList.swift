/// A text on its way through a tokenizer: its bytes, and the pieces into which it has been cut so far, in order.
struct PieceList {
    /// UTF-8.
    package var bytes: [UInt8]
    /// Where the pieces are in `bytes`; they are not empty.
    var pieces: [Range<Int>]
    /// Whether the first piece stands where the whole text begins, and not behind an added token.
    var isAtStart: Bool

    init(_ bytes: [UInt8], isAtStart: Bool) {
        self.bytes = bytes
        self.isAtStart = isAtStart
        pieces = bytes.isEmpty ? [] : [0..<bytes.count]
    }

    /// Cuts each piece by its bytes: `cut` gets them and where they begin, and appends the new pieces; empty ones are left out.
    mutating func cutEach(_ cut: (_ piece: UnsafeRawBufferPointer, _ start: Int, _ result: inout [Range<Int>]) -> Void) {
        let old = pieces
        var result: [Range<Int>] = []
        result.reserveCapacity(old.count * 2)
        bytes.withUnsafeBytes { raw in
            for piece in old { cut(UnsafeRawBufferPointer(rebasing: raw[piece]), piece.lowerBound, &result) }
        }
        pieces = result
    }

    /// Replaces each piece's bytes: `change` gets them and the piece's place in the list, and appends the new ones.
    mutating func replaceEach(_ change: (_ piece: UnsafeRawBufferPointer, _ index: Int, _ result: inout [UInt8]) -> Void) {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 2)
        var moved: [Range<Int>] = []
        moved.reserveCapacity(pieces.count)
        bytes.withUnsafeBytes { raw in
            for (index, piece) in pieces.enumerated() {
                let start = result.count
                change(UnsafeRawBufferPointer(rebasing: raw[piece]), index, &result)
                if result.count > start { moved.append(start..<result.count) }
            }
        }
        bytes = result
        pieces = moved
    }
}

/// What becomes of the places where a pattern matches (Hugging Face tokenizers, `SplitDelimiterBehavior`).
enum SplitBehavior: String, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    /// Appends the pieces that the parts of a text, which follow each other, make. Empty ones are left out.
    func append(_ parts: [(range: Range<Int>, isMatch: Bool)], to result: inout [Range<Int>]) {
        func keep(_ range: Range<Int>) { if !range.isEmpty { result.append(range) } }
        switch self {
        case .removed: for part in parts where !part.isMatch { keep(part.range) }
        case .isolated: for part in parts { keep(part.range) }
        case .contiguous, .mergedWithPrevious:
            var open: Range<Int>?
            var previous = false
            for (range, isMatch) in parts {
                let joins = self == .contiguous ? isMatch == previous : isMatch && !previous
                if let last = open, joins {
                    open = last.lowerBound..<range.upperBound
                } else {
                    if let open { keep(open) }
                    open = range
                }
                previous = isMatch
            }
            if let open { keep(open) }
        case .mergedWithNext:
            var start: Int?
            for (index, (range, isMatch)) in parts.enumerated() {
                let begin = start ?? range.lowerBound
                // A match joins what follows it, unless that is a match too.
                if isMatch, index + 1 < parts.count, !parts[index + 1].isMatch {
                    start = begin
                } else {
                    keep(begin..<range.upperBound)
                    start = nil
                }
            }
        }
    }
}
