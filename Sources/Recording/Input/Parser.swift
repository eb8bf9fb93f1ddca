import Foundation
import Transformer

/// Turns a text, a list of ids or a line of a file into tokens.
struct Parser {
    private let tokenizer: (any Tokenizer)?
    private let fault: TokenizerLoadError?
    private let vocabulary: Int
    let special: Bool
    let begin: [Int32]
    private let file: String
    let isJSON: Bool

    init(model: Model, special: Bool, begin: Bool, jsonLines: Bool, source: TextInput.Source) throws(RecordingError) {
        tokenizer = model.tokenizer
        fault = model.tokenizerFault
        vocabulary = model.configuration.vocabularySize
        self.special = special
        self.begin = begin ? model.configuration.beginToken.map { [$0] } ?? [] : []
        switch source {
        case .file(let path):
            file = path == "-" ? "standard input" : path
            isJSON = jsonLines || path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson")
        case .texts:
            file = "argument"
            isJSON = false
        case .tokenIDs, .sequences:
            (file, isJSON) = ("argument", false)
            return  // no text to tokenize
        }
        if tokenizer == nil, !isJSON { throw .noTokenizer(model: model.name, fault: model.tokenizerFault) }
    }

    func text(_ text: String, number: Int) -> TokenSequence {
        guard let tokenizer, case let tokens = tokenizer.encode(text, special: special), !tokens.isEmpty else {
            return TokenSequence(number: number, tokens: [], text: text)
        }
        // Once, where the tokenizer puts the same token there.
        let begin = tokenizer.prefixTokens.starts(with: begin) ? [] : begin
        var sequence = TokenSequence(number: number, framing: begin + tokens, by: tokenizer, text: text)
        sequence.prefixCount += begin.count
        return sequence
    }

    /// The bytes of a text that no token stands for.
    func lostBytes(in text: String) -> [UInt8] { tokenizer?.lostBytes(in: text) ?? [] }

    func ids(_ list: String, number: Int) throws(InputError) -> TokenSequence {
        var ids: [Int] = []
        for part in list.split(whereSeparator: { " ,\t\n".contains($0) }) {
            guard let id = Int(part) else { throw .badTokenIDs(list) }
            ids.append(id)
        }
        return try sequence(ids, number: number)
    }

    func line(_ bytes: [UInt8], offset: Int, number: Int) throws -> TokenSequence {
        if let invalid = UTF8Validation.firstInvalidByte(bytes) {
            throw InputError.notUTF8(input: file, offset: offset + invalid)
        }
        return isJSON ? try object(bytes, number: number) : text(String(decoding: bytes, as: UTF8.self), number: number)
    }

    /// {"text": "..."} or {"ids": [...]}, other keys kept as they are.
    private func object(_ bytes: [UInt8], number: Int) throws -> TokenSequence {
        func fail(_ reason: String) -> InputError { .badJSON(file: file, line: number, reason: reason) }
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return TokenSequence(number: number, tokens: []) }
        guard let value = try? JSONSerialization.jsonObject(with: Data(bytes)), var object = value as? [String: Any] else {
            throw fail("expected a JSON object")
        }
        let (text, ids) = (object.removeValue(forKey: "text"), object.removeValue(forKey: "ids"))
        var sequence: TokenSequence
        switch (text, ids) {
        case (let text as String, nil):
            guard tokenizer != nil else { throw fail((fault.map { "\($0)" } ?? "this model has no tokenizer") + "; give \"ids\"") }
            sequence = self.text(text, number: number)
        case (nil, .some):
            // The decoder, unlike a cast, does not take `true` for 1.
            guard let list = try? JSONDecoder().decode(IDs.self, from: Data(bytes)) else { fallthrough }
            sequence = try self.sequence(list.ids, number: number)
        default:
            throw fail("expected either \"text\", a string, or \"ids\", a list of numbers")
        }
        if !object.isEmpty {
            let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
            sequence.metadata = String(decoding: data, as: UTF8.self)
        }
        return sequence
    }

    private struct IDs: Decodable {
        let ids: [Int]
    }

    private func sequence(_ ids: [Int], number: Int) throws(InputError) -> TokenSequence {
        for (position, id) in ids.enumerated() where id < 0 || id >= vocabulary {
            throw .unknownToken(id: id, number: number, position: position, vocabulary: vocabulary)
        }
        return TokenSequence(number: number, tokens: ids.map { Int32($0) })
    }
}
