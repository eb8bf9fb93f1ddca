/// A small JSON document as a tree, for configuration files. Keys are unique; nesting is bounded.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Parses the whole of `bytes`. `NaN`, `Infinity` and `-Infinity` are read as numbers, since Python writes them.
    package init(parsing bytes: SharedBytes) throws(JSONError) {
        self = try bytes.withUnsafeBytes { (raw) throws(JSONError) -> JSONValue in
            if let offset = UTF8Validation.firstInvalidByte(raw) { throw JSONError(offset: offset, reason: .notUTF8) }
            var scanner = JSONScanner(raw)
            let value = try JSONValue(&scanner, depth: 0)
            try scanner.expectEnd()
            return value
        }
    }

    /// Reads the next value of `scanner`, which stands `depth` containers deep.
    package init(_ scanner: inout JSONScanner, depth: Int) throws(JSONError) {
        guard depth < JSONScanner.nestingLimit else { throw scanner.error(.nestedTooDeeply) }
        switch scanner.peek() {
        case UInt8(ascii: "{"):
            try scanner.expect(UInt8(ascii: "{"))
            var members: [String: JSONValue] = [:]
            var key: [UInt8] = []
            var first = true
            while try scanner.nextKey(first: first, into: &key) {
                first = false
                let name = String(decoding: key, as: UTF8.self)
                let value = try JSONValue(&scanner, depth: depth + 1)
                guard members.updateValue(value, forKey: name) == nil else {
                    throw scanner.error(.duplicateKey(name))
                }
            }
            self = .object(members)
        case UInt8(ascii: "["):
            try scanner.expect(UInt8(ascii: "["))
            var elements: [JSONValue] = []
            while try scanner.nextElement(first: elements.isEmpty) {
                elements.append(try JSONValue(&scanner, depth: depth + 1))
            }
            self = .array(elements)
        case UInt8(ascii: "\""):
            self = .string(try scanner.string())
        default:
            let start = scanner.position
            self = try JSONValue(word: try scanner.word(), at: start)
        }
    }

    private init(word: String, at offset: Int) throws(JSONError) {
        switch word {
        case "null": self = .null
        case "true": self = .bool(true)
        case "false": self = .bool(false)
        case "NaN": self = .number(.nan)
        case "Infinity": self = .number(.infinity)
        case "-Infinity": self = .number(-.infinity)
        default:
            guard word.isJSONNumber else { throw JSONError(offset: offset, reason: .badNumber) }
            if let integer = Int(word) {
                self = .integer(integer)
            } else if let number = Double(word) {
                self = .number(number)
            } else {
                throw JSONError(offset: offset, reason: .badNumber)
            }
        }
    }

    /// A member of an object; nil where this is none or has no such key.
    package subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// The value in few words, for messages: `"text"`, `12`, `an array`.
    package var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): "\"\(value.prefix(60))\""
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension String {
    /// Whether the text is a JSON number: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
    var isJSONNumber: Bool {
        var rest = Substring(self)
        func digits() -> Int {
            let run = rest.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }.count
            rest = rest.dropFirst(run)
            return run
        }
        if rest.hasPrefix("-") { rest = rest.dropFirst() }
        let leadingZero = rest.hasPrefix("0")
        let whole = digits()
        guard whole == 1 || whole > 1 && !leadingZero else { return false }
        if rest.hasPrefix(".") {
            rest = rest.dropFirst()
            guard digits() > 0 else { return false }
        }
        if rest.hasPrefix("e") || rest.hasPrefix("E") {
            rest = rest.dropFirst()
            if rest.hasPrefix("+") || rest.hasPrefix("-") { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
