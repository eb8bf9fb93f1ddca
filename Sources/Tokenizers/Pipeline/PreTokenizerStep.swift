/// A pre-tokenizer of a `tokenizer.json`: it cuts pieces into smaller ones, and some change them (names as in Hugging Face's tokenizers).
indirect enum PreTokenizerStep: Sendable {
    case sequence([PreTokenizerStep])
    case split(TextPattern, SplitBehavior, inverted: Bool)
    case digits(individual: Bool)
    /// A space in front of each piece where asked for, then GPT-2's rule where it is used. The bytes are looked up as they are:
    /// the vocabulary's spelling is undone where it is read.
    case byteLevel(addsPrefixSpace: Bool, usesRule: Bool)
    /// Steps after `ByteLevel`: they see GPT-2's characters for the bytes.
    case inSpelling([PreTokenizerStep])
    case metaspace(replacement: [UInt8], PrependScheme, splits: Bool)
    case whitespace
    case whitespaceSplit
    case punctuation(SplitBehavior)
    case bert

    /// Before which pieces `Metaspace` puts its sign.
    enum PrependScheme: String {
        case always, never, first
    }

    func apply(to list: inout PieceList) {
        switch self {
        case .sequence(let steps): for step in steps { step.apply(to: &list) }
        case .split(.expression(let expression), .isolated, _): Self.isolate(expression, &list)
        case .split(let pattern, let behavior, let inverted):
            list.cutEach { piece, start, result in
                behavior.append(pattern.parts(of: piece, offset: start, inverted: inverted), to: &result)
            }
        case .digits(let individual):
            Self.cut(&list, individual ? .isolated : .contiguous) { ScalarClasses.digits[$0] == .number }
        case .byteLevel(let addsPrefixSpace, let usesRule):
            if addsPrefixSpace {
                list.replaceEach { piece, _, result in
                    if piece.first != 0x20 { result.append(0x20) }
                    result.append(contentsOf: piece)
                }
            }
            if usesRule {
                list.cutEach { piece, start, result in
                    var scanner = PieceScanner(piece)
                    while let range = scanner.next() { result.append(start + range.lowerBound..<start + range.upperBound) }
                }
            }
        case .inSpelling(let steps):
            list.replaceEach { piece, _, result in for byte in piece { ByteToUnicode.append(byte, to: &result) } }
            for step in steps { step.apply(to: &list) }
            list.replaceEach { piece, _, result in
                var bytes = Array(piece)
                _ = ByteToUnicode.undo(&bytes)
                result.append(contentsOf: bytes)
            }
        case .metaspace(let replacement, let scheme, let splits):
            Self.metaspace(replacement, scheme, splits: splits, &list)
        case .whitespace:
            list.cutEach { piece, start, result in ScalarRuns.words(in: piece, offset: start, &result) }
        case .whitespaceSplit:
            Self.cut(&list, .removed) { ScalarClasses.shared[$0] == .space }
        case .punctuation(let behavior):
            Self.cut(&list, behavior) { BERTScalars.shared[$0].contains(.punctuation) }
        case .bert:
            Self.cut(&list, .removed) { ScalarClasses.shared[$0] == .space }
            Self.cut(&list, .isolated) { BERTScalars.shared[$0].contains(.punctuation) }
        }
    }

    /// `split` where each match and each stretch between stands alone, the most frequent case.
    private static func isolate(_ expression: RegularExpression, _ list: inout PieceList) {
        let pattern = TextPattern.expression(expression)
        list.cutEach { piece, start, result in
            var previous = 0
            pattern.forEachMatch(in: piece) { from, to in
                if previous < from { result.append(start + previous..<start + from) }
                if from < to { result.append(start + from..<start + to) }
                previous = to
            }
            if previous < piece.count { result.append(start + previous..<start + piece.count) }
        }
    }

    /// Cuts at the scalars that `matches`.
    private static func cut(_ list: inout PieceList, _ behavior: SplitBehavior, _ matches: (UInt32) -> Bool) {
        list.cutEach { piece, start, result in
            var parts: [(range: Range<Int>, isMatch: Bool)] = []
            var (position, previous) = (0, 0)
            while position < piece.count {
                let begin = position
                guard matches(piece.scalar(at: &position)) else { continue }
                if previous < begin { parts.append((start + previous..<start + begin, false)) }
                parts.append((start + begin..<start + position, true))
                previous = position
            }
            if previous < piece.count { parts.append((start + previous..<start + piece.count, false)) }
            behavior.append(parts, to: &result)
        }
    }

    private static func metaspace(_ sign: [UInt8], _ scheme: PrependScheme, splits: Bool, _ list: inout PieceList) {
        let isAtStart = list.isAtStart
        list.replaceEach { piece, index, result in
            let prepends = scheme == .always || scheme == .first && index == 0 && isAtStart
            if prepends, piece.first != 0x20, !piece.starts(with: sign) { result.append(contentsOf: sign) }
            for byte in piece { if byte == 0x20 { result.append(contentsOf: sign) } else { result.append(byte) } }
        }
        guard splits else { return }
        let pattern = TextPattern.text(sign)
        list.cutEach { piece, start, result in
            SplitBehavior.mergedWithNext.append(pattern.parts(of: piece, offset: start, inverted: false), to: &result)
        }
    }
}

/// Runs of scalars that a pre-tokenizer tells apart by classes of its own.
enum ScalarRuns {
    /// `\w+|[^\w\s]+`, with the classes of Rust's regular expressions (Unicode's UTS 18): what matches stays, white space goes.
    static func words(in text: UnsafeRawBufferPointer, offset: Int, _ result: inout [Range<Int>]) {
        var position = 0
        var start = 0
        var kind = Kind.space
        while position < text.count {
            let begin = position
            let next = Kind(text.scalar(at: &position))
            if next != kind {
                if kind != .space { result.append(offset + start..<offset + begin) }
                (start, kind) = (begin, next)
            }
        }
        if kind != .space, start < text.count { result.append(offset + start..<offset + text.count) }
    }

    /// `\w` of Rust's regular expressions, with the scalars of Unicode 16.
    static func isWord(_ scalar: UInt32) -> Bool {
        guard let found = Unicode.Scalar(scalar), let age = found.properties.age, age.major <= 16 else { return false }
        switch found.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return found.properties.isAlphabetic || scalar == 0x200C || scalar == 0x200D
        }
    }

    private enum Kind {
        case space, word, other

        init(_ scalar: UInt32) {
            if ScalarClasses.shared[scalar] == .space { self = .space; return }
            self = ScalarRuns.isWord(scalar) ? .word : .other
        }
    }
}
