import Checkpoints

/// Turns text into token ids and back. Text is UTF-8 bytes throughout; Swift's own idea of a character plays no part.
public protocol Tokenizer: Sendable {
    /// One more than the highest id.
    var vocabularySize: Int { get }

    /// The token that ends a text, where the vocabulary has one.
    var endToken: Int32? { get }

    /// Special tokens that stand before each text, such as BERT's `[CLS]`. `encode` does not put them there.
    var prefixTokens: [Int32] { get }

    /// Special tokens that stand after each text, such as BERT's `[SEP]`. `encode` does not put them there.
    var suffixTokens: [Int32] { get }

    /// The bytes of `text` that no token stands for, each once, in ascending order: `encode` drops them, so that decoding
    /// does not give the text back. What a tokenizer changes on purpose, such as case, does not count.
    func lostBytes(in text: UnsafeRawBufferPointer) -> [UInt8]

    /// The ids of `text`, which the caller has checked to be UTF-8 (other bytes give some ids, never a crash).
    /// With `special`, the text of a special token such as `<|endoftext|>` stands for that token; without, it is text.
    func encode(validUTF8 text: UnsafeRawBufferPointer, special: Bool) -> [Int32]

    /// The bytes that a token stands for, perhaps part of a character; nil where no token has that id.
    func bytes(of id: Int32) -> [UInt8]?

    /// The token that stands for exactly these bytes.
    func id(ofBytes bytes: [UInt8]) -> Int32?
}

extension Tokenizer {
    public var prefixTokens: [Int32] { [] }
    public var suffixTokens: [Int32] { [] }
    public func lostBytes(in text: UnsafeRawBufferPointer) -> [UInt8] { [] }

    /// `ids` of a text between the special tokens that stand before and after each.
    public func framed(_ ids: [Int32]) -> [Int32] { prefixTokens + ids + suffixTokens }

    /// The bytes of `text` that `encode` drops.
    public func lostBytes(in text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { lostBytes(in: UnsafeRawBufferPointer($0)) }
    }

    /// The ids of `text`; an empty text has none.
    public func encode(_ text: String, special: Bool = false) -> [Int32] {
        var text = text
        return text.withUTF8 { encode(validUTF8: UnsafeRawBufferPointer($0), special: special) }
    }

    /// The ids of `text`, after checking that it is UTF-8 and shorter than 2 GiB.
    public func encode(utf8 text: [UInt8], special: Bool = false) throws(TokenizerInputError) -> [Int32] {
        guard text.count < 1 << 31 else { throw .tooLong(size: text.count) }
        if let offset = UTF8Validation.firstInvalidByte(text) { throw .notUTF8(offset: offset) }
        return text.withUnsafeBytes { encode(validUTF8: $0, special: special) }
    }

    /// The bytes of all tokens, one after another; they need not be UTF-8, as ids can be cut anywhere.
    public func decode(_ ids: some Sequence<Int32>) throws(TokenizerInputError) -> [UInt8] {
        var result: [UInt8] = []
        for (index, id) in ids.enumerated() {
            guard let bytes = bytes(of: id) else {
                throw .unknownID(id, index: index, vocabularySize: vocabularySize)
            }
            result += bytes
        }
        return result
    }

    /// A token's bytes as text to show (see `displayText(of:)`); nil where no token has that id.
    public func displayText(of id: Int32) -> String? {
        bytes(of: id).map { Tokenizers.displayText(of: $0) }
    }
}

/// Bytes as text to show: valid UTF-8 as it is, NUL and bytes that are not valid UTF-8 as `\xNN`.
public func displayText(of bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    bytes.withUnsafeBytes { raw in
        var position = 0
        while position < raw.count {
            let length = UTF8Validation.sequenceLength(raw, at: position)
            if length == 0 || raw[position] == 0 {
                let digits = Array("0123456789abcdef".utf8)
                result += [0x5C, 0x78, digits[Int(raw[position] >> 4)], digits[Int(raw[position] & 15)]]
                position += 1
            } else {
                result += raw[position..<position + length]
                position += length
            }
        }
    }
    return String(decoding: result, as: UTF8.self)
}

/// Input that a tokenizer cannot take.
public enum TokenizerInputError: Error, Equatable, CustomStringConvertible {
    /// The text is not UTF-8 from this byte on.
    case notUTF8(offset: Int)
    /// The text has more bytes than one piece can have symbols.
    case tooLong(size: Int)
    /// No token has this id; `index` is its place in the list.
    case unknownID(Int32, index: Int, vocabularySize: Int)

    public var description: String {
        switch self {
        case .notUTF8(let offset):
            "the text is not UTF-8 at byte \(offset); convert it first, for example with iconv"
        case .tooLong(let size):
            "the text has \(size) bytes, expected fewer than 2 GiB; give it in parts"
        case .unknownID(let id, let index, let size):
            "token id \(id) at place \(index) is not in the vocabulary, expected ids of 0 to \(size - 1)"
        }
    }
}
