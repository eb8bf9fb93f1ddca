import Tokenizers
import Transformer

/// One sequence to record: its tokens, and where they came from.
public struct TokenSequence: Sendable, Equatable {
    /// Its place in the input, from 1: the line of a file, the argument.
    public var number: Int
    /// Which window of a text longer than the context, from 0.
    public var part = 0
    public var tokens: [Int32]
    /// How many tokens at the beginning are not of the text: what the tokenizer puts before each, such as
    /// BERT's `[CLS]`, and the begin token that was asked for.
    public var prefixCount = 0
    /// How many at the end, such as `[SEP]`.
    public var suffixCount = 0
    /// Nil when token ids were given, and in every window after the first.
    public var text: String?
    /// The other keys of a JSON line, as a JSON object.
    public var metadata: String?
    /// What identifies the input up to this sequence and with it; nil until it is put into a batch.
    package var inputDigest: String?

    public init(number: Int, part: Int = 0, tokens: [Int32], text: String? = nil, metadata: String? = nil) {
        self.number = number
        self.part = part
        self.tokens = tokens
        self.text = text
        self.metadata = metadata
    }

    /// The tokens of a text between those that the tokenizer puts around each.
    public init(number: Int, framing tokens: [Int32], by tokenizer: any Tokenizer, text: String?, metadata: String? = nil) {
        self.init(number: number, tokens: tokenizer.framed(tokens), text: text, metadata: metadata)
        (prefixCount, suffixCount) = (tokenizer.prefixTokens.count, tokenizer.suffixTokens.count)
    }

    /// The same with other tokens of the text between those around it.
    fileprivate func with(_ body: ArraySlice<Int32>) -> TokenSequence {
        var sequence = self
        sequence.tokens = Array(tokens.prefix(prefixCount) + body + tokens.suffix(suffixCount))
        return sequence
    }
}

/// What to do with a text that has more tokens than the model's context.
public enum LongText: String, Sendable {
    case refuse
    /// Keep the first tokens.
    case truncate
    /// Record all of it, as sequences of at most the context's length that do not overlap; a begin token stands before each.
    case window

    /// The sequences to record in place of `sequence`. What stands around a text stands around each part of it.
    public func apply(to sequence: TokenSequence, context: Int) throws(RecordingError) -> [TokenSequence] {
        guard sequence.tokens.count > context else { return [sequence] }
        let body = sequence.tokens.dropFirst(sequence.prefixCount).dropLast(sequence.suffixCount)
        let room = context - sequence.prefixCount - sequence.suffixCount
        guard self != .refuse, room > 0 else {
            throw .tooLong(number: sequence.number, tokens: sequence.tokens.count, context: context)
        }
        if self == .truncate { return [sequence.with(body.prefix(room))] }
        return stride(from: body.startIndex, to: body.endIndex, by: room).enumerated().map { part, start in
            var window = sequence.with(body[start..<min(start + room, body.endIndex)])
            window.part = part
            if part > 0 { window.text = nil }
            return window
        }
    }
}
