/// JSON values as text, for what is kept and not read.
extension JSONScanner {
    /// The next value as JSON without white space, its keys in order of their UTF-8 bytes; numbers are as they were written.
    package mutating func compactValue(depth: Int = 0) throws(JSONError) -> String {
        guard depth < Self.nestingLimit else { throw error(.nestedTooDeeply) }
        switch peek() {
        case UInt8(ascii: "{"):
            var members: [(key: String, value: String)] = []
            try forEachMember { (scanner, key) throws(JSONError) in
                members.append((Self.quoted(key), try scanner.compactValue(depth: depth + 1)))
            }
            members.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            return "{" + members.map { "\($0.key):\($0.value)" }.joined(separator: ",") + "}"
        case UInt8(ascii: "["):
            try expect(UInt8(ascii: "["))
            var elements: [String] = []
            while try nextElement(first: elements.isEmpty) { elements.append(try compactValue(depth: depth + 1)) }
            return "[" + elements.joined(separator: ",") + "]"
        case UInt8(ascii: "\""): return Self.quoted(try string())
        default:
            let start = position
            let text = try word()
            if ["null", "true", "false"].contains(text) { return text }
            guard text.isJSONNumber else { throw JSONError(offset: start, reason: .badNumber) }
            guard let number = Double(text), number.isFinite else { throw JSONError(offset: start, reason: .numberTooLarge) }
            return text
        }
    }

    /// Calls `body` with each key of the object that is next, its value next. A key that appears twice is an error.
    package mutating func forEachMember(
        _ body: (inout JSONScanner, _ key: String) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect(UInt8(ascii: "{"))
        var keys: Set<[UInt8]> = []
        var key: [UInt8] = []
        while try nextKey(first: keys.isEmpty, into: &key) {
            let name = String(decoding: key, as: UTF8.self)
            guard keys.insert(key).inserted else { throw error(.duplicateKey(name)) }
            try body(&self, name)
        }
    }

    /// A string as JSON.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case _ where scalar.value < 0x20: result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
