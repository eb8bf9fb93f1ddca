import Checkpoints

/// Hugging Face's `tokenizer.json` as a tree, its vocabulary apart: keys of a tree are Swift strings, to which two tokens
/// may be the same text in different Unicode form.
struct TokenizerDocument {
    /// All but `model`.
    let root: JSONValue
    /// `model` without `vocab`.
    let model: JSONValue
    /// `model.vocab`, in the order of the file; nil where it is missing or no object.
    let vocabulary: [(token: [UInt8], id: Int)]?
    /// The merges where they stand in a file of their own; nil: in `model`.
    let mergeLines: [ArraySlice<UInt8>]?

    init(root: JSONValue, model: JSONValue, vocabulary: [(token: [UInt8], id: Int)], mergeLines: [ArraySlice<UInt8>]? = nil) {
        self.root = root
        self.model = model
        self.vocabulary = vocabulary
        self.mergeLines = mergeLines
    }

    init(parsing json: SharedBytes) throws(TokenizerLoadError.Problem) {
        self = try json.withUnsafeBytes { (raw) throws(TokenizerLoadError.Problem) -> TokenizerDocument in
            try TokenizerLoadError.Problem.check(raw)
            do throws(JSONError) {
                return try TokenizerDocument(raw)
            } catch { throw .notJSON(error) }
        }
    }

    private init(_ raw: UnsafeRawBufferPointer) throws(JSONError) {
        var scanner = JSONScanner(raw)
        var model: [String: JSONValue]?
        var vocabulary: [(token: [UInt8], id: Int)]?
        root = .object(
            try Self.members(&scanner) { (scanner, key) throws(JSONError) in
                guard key == "model", scanner.peek() == UInt8(ascii: "{") else { return false }
                if model != nil { throw scanner.error(.duplicateKey(key)) }
                model = try Self.members(&scanner) { (scanner, key) throws(JSONError) in
                    guard key == "vocab", scanner.peek() == UInt8(ascii: "{") else { return false }
                    if vocabulary != nil { throw scanner.error(.duplicateKey(key)) }
                    vocabulary = try Self.vocabulary(&scanner)
                    return true
                }
                return true
            })
        try scanner.expectEnd()
        self.model = .object(model ?? [:])
        self.vocabulary = vocabulary
        mergeLines = nil
    }

    /// The members of an object; `take` reads those that it wants, and then returns true.
    private static func members(
        _ scanner: inout JSONScanner, _ take: (inout JSONScanner, String) throws(JSONError) -> Bool
    ) throws(JSONError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        try scanner.expect(UInt8(ascii: "{"))
        var key: [UInt8] = []
        var first = true
        while try scanner.nextKey(first: first, into: &key) {
            first = false
            let name = String(decoding: key, as: UTF8.self)
            if try take(&scanner, name) { continue }
            let value = try JSONValue(&scanner, depth: 2)
            guard members.updateValue(value, forKey: name) == nil else { throw scanner.error(.duplicateKey(name)) }
        }
        return members
    }

    /// One flat object from token to id, in the order of the file.
    static func vocabulary(_ scanner: inout JSONScanner) throws(JSONError) -> [(token: [UInt8], id: Int)] {
        var entries: [(token: [UInt8], id: Int)] = []
        try scanner.expect(UInt8(ascii: "{"))
        var token: [UInt8] = []
        while try scanner.nextKey(first: entries.isEmpty, into: &token) { entries.append((token, try scanner.integer())) }
        return entries
    }
}
