import Checkpoints
import Tokenizers
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
        let read = bytes.withUnsafeBytes { line in Result { () throws(JSONError) in try Members(line) } }
        let members: Members
        do throws(JSONError) { members = try read.get() } catch { throw fail(error.descriptionInLine) }
        var sequence: TokenSequence
        switch (members.text, members.ids) {
        case (let text?, nil):
            guard tokenizer != nil else { throw fail((fault.map { "\($0)" } ?? "this model has no tokenizer") + "; give \"ids\"") }
            sequence = self.text(text, number: number)
        case (nil, let ids?): sequence = try self.sequence(ids, number: number)
        default: throw fail("expected either \"text\", a string, or \"ids\", a list of numbers")
        }
        sequence.metadata = members.others
        return sequence
    }

    /// What a JSON line says. A key with null counts as absent.
    private struct Members {
        var text: String?
        var ids: [Int]?
        /// The other keys as a JSON object; nil where there are none.
        var others: String?

        init(_ line: UnsafeRawBufferPointer) throws(JSONError) {
            var scanner = JSONScanner(line)
            guard scanner.peek() == UInt8(ascii: "{") else { throw scanner.error(.expected("a JSON object")) }
            var (text, ids): (String?, [Int]?) = (nil, nil)
            var others: [(key: String, value: String)] = []
            try scanner.forEachMember { (scanner, key) throws(JSONError) in
                switch (key, scanner.peek()) {
                case ("text", UInt8(ascii: "\"")): text = try scanner.string()
                case ("ids", UInt8(ascii: "[")):
                    try scanner.expect(UInt8(ascii: "["))
                    var list: [Int] = []
                    while try scanner.nextElement(first: list.isEmpty) { list.append(try scanner.integer()) }
                    ids = list
                case ("text", _), ("ids", _):
                    let start = scanner.position
                    guard try scanner.compactValue() == "null" else {
                        throw JSONError(
                            offset: start,
                            reason: .expected(key == "text" ? "\"text\" to be a string" : "\"ids\" to be a list of numbers"))
                    }
                default: others.append((JSONScanner.quoted(key), try scanner.compactValue()))
                }
            }
            try scanner.expectEnd()
            (self.text, self.ids) = (text, ids)
            others.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            self.others = others.isEmpty ? nil : "{" + others.map { "\($0.key):\($0.value)" }.joined(separator: ",") + "}"
        }
    }

    /// A tokenizer may have tokens that the model's embedding does not: padding that was added, say.
    func checkEmbeddings(of sequence: TokenSequence) throws(InputError) {
        guard let position = sequence.tokens.firstIndex(where: { $0 >= vocabulary }), case let id = sequence.tokens[position] else {
            return
        }
        throw .noEmbedding(
            token: tokenizer?.displayText(of: id) ?? "#\(id)", id: id, number: sequence.number, position: position,
            vocabulary: vocabulary)
    }

    private func sequence(_ ids: [Int], number: Int) throws(InputError) -> TokenSequence {
        for (position, id) in ids.enumerated() where id < 0 || id >= vocabulary {
            throw .unknownToken(id: id, number: number, position: position, vocabulary: vocabulary)
        }
        return TokenSequence(number: number, tokens: ids.map { Int32($0) })
    }
}
