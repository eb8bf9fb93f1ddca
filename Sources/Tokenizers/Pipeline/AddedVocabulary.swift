/// Tokens that are found in the text before it is cut (Hugging Face tokenizers, `AddedVocabulary`): first those that match the text
/// as it is, then, in what is left and normalized, the others. Of those that begin at one place the longest is taken.
struct AddedVocabulary: Sendable {
    /// An added token.
    struct Token: Sendable {
        package var bytes: [UInt8]
        var id: Int32
        /// Recognized only when the caller asks for special tokens.
        var isSpecial = false
        /// Matched, itself normalized, against normalized text.
        var isNormalized = false
        /// Takes the white space before it, or after it, too.
        var takesSpaceBefore = false
        var takesSpaceAfter = false
        /// Matches only where no letter, mark, number or underscore touches it.
        var isWord = false
    }

    private let raw: Matcher
    private let normalized: Matcher

    init(_ tokens: [Token], normalizer: NormalizerStep?) {
        raw = Matcher(tokens.filter { !$0.isNormalized })
        normalized = Matcher(
            tokens.filter(\.isNormalized).map { token in
                var token = token
                normalizer?.apply(to: &token.bytes)
                return token
            })
    }

    /// Calls `body` with each stretch of normalized text, perhaps empty, and the token after it, nil at the end. `isAtStart` says
    /// whether the text begins there.
    func split(
        _ text: UnsafeRawBufferPointer, special: Bool, normalizer: NormalizerStep?,
        _ body: (_ plain: UnsafeRawBufferPointer, _ isAtStart: Bool, _ token: Int32?) -> Void
    ) {
        raw.split(text, special: special) { plain, token in
            let isAtStart = plain.lowerBound == 0
            let rest = UnsafeRawBufferPointer(rebasing: text[plain])
            if let normalizer, !plain.isEmpty {
                var changed = Array(rest)
                normalizer.apply(to: &changed)
                changed.withUnsafeBytes { changed in
                    normalized.split(changed, special: special) { inner, token in
                        body(UnsafeRawBufferPointer(rebasing: changed[inner]), isAtStart && inner.lowerBound == 0, token)
                    }
                }
            } else {
                normalized.split(rest, special: special) { inner, token in
                    body(UnsafeRawBufferPointer(rebasing: rest[inner]), isAtStart && inner.lowerBound == 0, token)
                }
            }
            if let token { body(UnsafeRawBufferPointer(rebasing: text[..<0]), false, token) }
        }
    }

    /// Finds tokens by their first byte.
    private struct Matcher {
        /// By first byte, the longest token first; of tokens of one text the last is kept.
        private let byLead: [[Token]]
        private let isEmpty: Bool

        init(_ tokens: [Token]) {
            var byLead = [[Token]](repeating: [], count: 256)
            var lastOfText: [[UInt8]: Token] = [:]
            for token in tokens where !token.bytes.isEmpty { lastOfText[token.bytes] = token }
            for token in lastOfText.values { byLead[Int(token.bytes[0])].append(token) }
            self.byLead = byLead.map { $0.sorted { $0.bytes.count > $1.bytes.count } }
            isEmpty = lastOfText.isEmpty
        }

        func split(_ text: UnsafeRawBufferPointer, special: Bool, _ body: (_ plain: Range<Int>, _ token: Int32?) -> Void) {
            var start = 0
            var position = isEmpty ? text.count : 0
            while position < text.count {
                let candidates = byLead[Int(text[position])]
                guard !candidates.isEmpty, let token = candidates.first(where: { text[position...].starts(with: $0.bytes) }) else {
                    position += 1
                    continue
                }
                var (from, to) = (position, position + token.bytes.count)
                position = to
                // A match that does not count is passed over, and none is looked for inside of it.
                if token.isSpecial, !special { continue }
                if token.isWord, text.isWord(before: from) || text.isWord(at: to) { continue }
                if token.takesSpaceBefore { from = max(start, text.spaceStart(before: from)) }
                if token.takesSpaceAfter { to = text.spaceEnd(at: to) }
                // White space that a token took may be tokens once more, as in Hugging Face's tokenizers.
                body(start..<max(start, from), token.id)
                start = to
            }
            body(start..<text.count, nil)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the scalar that ends at `end` belongs to a word: a letter, mark, number or connecting mark.
    fileprivate func isWord(before end: Int) -> Bool {
        guard end > 0 else { return false }
        var begin = end - 1
        while begin > 0, self[begin] & 0xC0 == 0x80 { begin -= 1 }
        return isWord(at: begin)
    }

    fileprivate func isWord(at start: Int) -> Bool {
        guard start < count else { return false }
        var position = start
        return ScalarRuns.isWord(scalar(at: &position))
    }

    fileprivate func spaceStart(before end: Int) -> Int {
        var end = end
        while end > 0 {
            var begin = end - 1
            while begin > 0, self[begin] & 0xC0 == 0x80 { begin -= 1 }
            var position = begin
            guard ScalarClasses.shared[scalar(at: &position)] == .space else { break }
            end = begin
        }
        return end
    }

    fileprivate func spaceEnd(at start: Int) -> Int {
        var end = start
        while end < count {
            var position = end
            guard ScalarClasses.shared[scalar(at: &position)] == .space else { break }
            end = position
        }
        return end
    }
}
