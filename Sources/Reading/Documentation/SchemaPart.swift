import Output
import Schema

/// One table, view or index of a schema, with the comments above it.
public struct SchemaPart: Sendable, Equatable {
    /// Nil for what makes neither a table nor a view.
    public let name: String?
    /// Ends with a newline.
    public let sql: String

    /// The parts of the schema that this program writes.
    public static let all: [SchemaPart] = {
        // A blank line ends a part.
        let paragraphs = Schema.sql.split(separator: "\n\n")
        return paragraphs.map { text in
            let line = text.split(separator: "\n").first { !$0.hasPrefix("--") } ?? ""
            return SchemaPart(name: name(line), sql: text.trimmingSuffix { $0 == "\n" } + "\n")
        }
    }()

    /// The one with a name; `-` stands for `_`.
    public static func named(_ name: String, in parts: [SchemaPart]) -> SchemaPart? {
        parts.first { $0.name == UnknownName.normalized(name) }
    }

    private static func name(_ line: Substring) -> String? {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "(" })
        return words.count > 2 && words[0] == "CREATE" && (words[1] == "TABLE" || words[1] == "VIEW") ? String(words[2]) : nil
    }
}

extension ReadOnlyDatabase {
    /// The file's own schema.
    public func schemaParts() throws -> [SchemaPart] {
        var parts: [SchemaPart] = []
        try rows("SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid") { row in
            let isNamed = row.text(1) == "table" || row.text(1) == "view"
            parts.append(SchemaPart(name: isNamed ? row.text(0) : nil, sql: TerminalText.defused(row.text(2)) + ";\n"))
        }
        return parts
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while condition: (Character) -> Bool) -> Substring {
        var text = self
        while let last = text.last, condition(last) { text.removeLast() }
        return text
    }
}
