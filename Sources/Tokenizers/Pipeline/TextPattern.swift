/// What a `Split` or a `Replace` looks for: a text as it is, or a regular expression.
enum TextPattern: Sendable {
    case text([UInt8])
    case expression(RegularExpression)

    /// Calls `body` with the bounds of each match in `text`, from left to right.
    func forEachMatch(in text: UnsafeRawBufferPointer, _ body: (_ start: Int, _ end: Int) -> Void) {
        switch self {
        case .text(let wanted):
            guard let first = wanted.first else { return }
            var position = 0
            while position + wanted.count <= text.count {
                if text[position] == first, text[position..<position + wanted.count].elementsEqual(wanted) {
                    body(position, position + wanted.count)
                    position += wanted.count
                } else {
                    position += 1
                }
            }
        case .expression(let expression):
            if ScalarSubstitutes.areNeeded(in: text) {
                ScalarSubstitutes.replacing(in: text).withUnsafeBytes { expression.forEachMatch(in: $0, body) }
            } else {
                expression.forEachMatch(in: text, body)
            }
        }
    }

    /// The stretches of `text` that match and those between, in order, moved by `offset`.
    func parts(of text: UnsafeRawBufferPointer, offset: Int, inverted: Bool) -> [(range: Range<Int>, isMatch: Bool)] {
        var parts: [(range: Range<Int>, isMatch: Bool)] = []
        var previous = 0
        forEachMatch(in: text) { start, end in
            if previous != start { parts.append((offset + previous..<offset + start, inverted)) }
            parts.append((offset + start..<offset + end, !inverted))
            previous = end
        }
        if previous != text.count { parts.append((offset + previous..<offset + text.count, inverted)) }
        return parts
    }
}
