import Checkpoints

/// The tokens of a `vocab.json`: one flat object from spelling to id, in GPT-2's byte-to-unicode spelling.
struct Vocabulary {
    private(set) var tokens: TokenTable

    init(json: SharedBytes) throws(TokenizerLoadError.Problem) {
        tokens = try json.withUnsafeBytes { (raw) throws(TokenizerLoadError.Problem) -> TokenTable in
            try TokenizerLoadError.Problem.check(raw)
            var scanner = JSONScanner(raw)
            let tokens = try Vocabulary.read(&scanner, expectedTokens: raw.count / 20)
            do throws(JSONError) {
                try scanner.expectEnd()
            } catch { throw .notJSON(error) }
            return tokens
        }
    }

    /// Reads the object at `scanner`.
    private static func read(
        _ scanner: inout JSONScanner, expectedTokens: Int
    ) throws(TokenizerLoadError.Problem) -> TokenTable {
        var tokens = TokenTable(expectedTokens: expectedTokens)
        var token: [UInt8] = []
        do throws(JSONError) {
            try scanner.expect(UInt8(ascii: "{"))
        } catch { throw .notJSON(error) }
        var first = true
        while true {
            let id: Int
            do throws(JSONError) {
                guard try scanner.nextKey(first: first, into: &token) else { return tokens }
                id = try scanner.integer()
            } catch { throw .notJSON(error) }
            first = false
            try add(&token, id: id, asText: false, to: &tokens)
        }
    }

    /// Adds one token, spelled in `token`, which becomes its bytes; `asText` for added tokens, spelled as they are.
    static func add(
        _ token: inout [UInt8], id: Int, asText: Bool, to tokens: inout TokenTable
    ) throws(TokenizerLoadError.Problem) {
        func name() -> String { String(decoding: token, as: UTF8.self) }
        guard (0..<TokenTable.idLimit).contains(id) else { throw .idOutOfRange(token: name(), id: id) }
        guard asText || ByteToUnicode.undo(&token) else { throw .notByteLevel(token: name()) }
        switch token.withUnsafeBytes({ tokens.add($0, id: id) }) {
        case .added: break
        case .duplicateID: throw .duplicateID(token: displayText(of: token), id: id)
        case .duplicateBytes: throw .duplicateToken(displayText(of: token))
        }
    }
}
