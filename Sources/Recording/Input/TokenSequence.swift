/// One sequence to record: its tokens, and where they came from.
public struct TokenSequence: Sendable, Equatable {
    /// Its place in the input, from 1: the line of a file, the argument.
    public var number: Int
    /// Which window of a text longer than the context, from 0.
    public var part = 0
    public var tokens: [Int32]
    /// Nil when token ids were given, and in every window after the first.
    public var text: String?
    /// The other keys of a JSON line, as a JSON object.
    public var metadata: String?
    /// Tokens at the front that are not the text's own: every window of it begins with them.
    package var prefixCount = 0
    /// What identifies the input up to this sequence and with it; nil until it is put into a batch.
    package var inputDigest: String?

    public init(number: Int, part: Int = 0, tokens: [Int32], text: String? = nil, metadata: String? = nil) {
        self.number = number
        self.part = part
        self.tokens = tokens
        self.text = text
        self.metadata = metadata
    }
}

/// What to do with a text that has more tokens than the model's context.
public enum LongText: String, Sendable {
    case refuse
    /// Keep the first tokens.
    case truncate
    /// Record all of it, as sequences of at most the context's length that do not overlap; a begin token stands before each.
    case window

    /// The sequences to record in place of `sequence`.
    public func apply(to sequence: TokenSequence, context: Int) throws(RecordingError) -> [TokenSequence] {
        guard sequence.tokens.count > context else { return [sequence] }
        switch self {
        case .refuse:
            throw .tooLong(number: sequence.number, tokens: sequence.tokens.count, context: context)
        case .truncate:
            var cut = sequence
            cut.tokens = Array(sequence.tokens.prefix(context))
            return [cut]
        case .window:
            let prefix = sequence.tokens.prefix(min(sequence.prefixCount, context - 1))
            let step = context - prefix.count
            return stride(from: prefix.count, to: sequence.tokens.count, by: step).enumerated().map { part, start in
                var window = sequence
                window.part = part
                window.tokens = Array(prefix) + sequence.tokens[start..<min(start + step, sequence.tokens.count)]
                if part > 0 { window.text = nil }
                return window
            }
        }
    }
}
