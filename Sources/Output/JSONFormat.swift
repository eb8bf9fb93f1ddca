import Foundation

/// JSON: an array of objects, or an object a line. Keys stand in column order.
///
/// NULL, NaN and infinities are `null` (JSON has no such numbers); blobs are base64 strings; a repeated column name
/// gets `_2`, `_3`, ... Integers are written in full, though many readers hold only 53 bits.
struct JSONFormat: RowWriter {
    enum Style { case array, lines }

    private let style: Style
    private let sink: any OutputSink
    private var keys: [String] = []
    private var isFirst = true
    private var line = ""

    init(_ style: Style, sink: any OutputSink) {
        self.style = style
        self.sink = sink
    }

    mutating func begin(columns: [String]) throws {
        keys = uniqueNames(columns).map { JSONText.quoted($0) + ":" }
    }

    mutating func write(_ row: [Cell]) throws {
        try checkWidth(of: row, is: keys.count)
        line.removeAll(keepingCapacity: true)
        if style == .array { line += isFirst ? "[" : ",\n" }
        isFirst = false
        line += "{"
        for (index, cell) in row.enumerated() {
            if index > 0 { line += "," }
            line += keys[index]
            line += cell.jsonText
        }
        line += style == .array ? "}" : "}\n"
        try sink.write(line)
    }

    mutating func end() throws {
        if style == .array { try sink.write(isFirst ? "[]\n" : "]\n") }
        try sink.flush()
    }

    /// `["a", "a", "a_2"]` becomes `["a", "a_3", "a_2"]`: a suffix never takes another column's own name.
    private func uniqueNames(_ names: [String]) -> [String] {
        var taken = Set(names)
        var seen: Set<String> = []
        return names.map { name in
            guard !seen.insert(name).inserted else { return name }
            var number = 2
            while !taken.insert("\(name)_\(number)").inserted { number += 1 }
            return "\(name)_\(number)"
        }
    }
}

extension Cell {
    /// The value in JSON.
    package var jsonText: String {
        switch self {
        case .null: "null"
        case .integer(let value): String(value)
        case .real(let value): value.isFinite ? value.description : "null"
        case .text(let text): JSONText.quoted(text)
        case .blob(let bytes): "\"" + Data(bytes).base64EncodedString() + "\""
        case .list(let cells): "[" + cells.map(\.jsonText).joined(separator: ",") + "]"
        }
    }
}

/// JSON string literals.
package enum JSONText {
    /// The text as a JSON string that is also safe inside an HTML script element and on a terminal: `</` and `<!`
    /// are broken up, control characters, U+2028, U+2029 and bidirectional marks are escaped.
    package static func quoted(_ text: String) -> String {
        // Most tokens and names need no escape.
        if text.utf8.allSatisfy({ isPlain($0) }) { return "\"" + text + "\"" }
        var literal = "\""
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case "\n": literal += "\\n"
            case "\r": literal += "\\r"
            case "\t": literal += "\\t"
            case "/" where previous == "<": literal += "\\/"
            case "!" where previous == "<": literal += "\\u0021"
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}"..."\u{202e}", "\u{2066}"..."\u{2069}",
                "\u{200e}", "\u{200f}", "\u{61c}", "\u{feff}":
                let digits = String(scalar.value, radix: 16)
                literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: literal.unicodeScalars.append(scalar)
            }
            previous = scalar
        }
        return literal + "\""
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"): false
        default: byte >= 0x20 && byte < 0x7f
        }
    }
}
