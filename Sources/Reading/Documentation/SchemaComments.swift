import Schema

/// The comments of `schema.sql`: those above a table or view, and those beside its columns.
package struct SchemaComments {
    /// Names of the tables and views, in the order of the file.
    package private(set) var tables: [String] = []
    package private(set) var views: [String] = []
    private var above: [String: String] = [:]
    private var beside: [String: [String: String]] = [:]
    /// What the file begins with, paragraph by paragraph as it stands.
    package private(set) var introduction: [String] = []

    package init(_ sql: String = Schema.sql) {
        var pending: [String] = []
        var current: String?
        var column = ""
        var isIntroduction = true
        for line in sql.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("--") {
                let text = String(line.dropFirst(2))
                if isIntroduction { introduction.append(text) } else if !text.contains("-----") { pending.append(text) }
            } else if let name = Self.name(line, after: "CREATE TABLE ") {
                tables.append(name)
                above[name] = Self.joined(pending)
                (current, pending, isIntroduction) = (name, [], false)
            } else if let name = Self.name(line, after: "CREATE VIEW ") {
                views.append(name)
                above[name] = Self.joined(pending)
                (current, pending, isIntroduction) = (nil, [], false)
            } else if line.isEmpty || line.hasPrefix(")") || line.hasPrefix("CREATE") {
                (current, pending, isIntroduction) = (nil, [], isIntroduction && line.isEmpty && introduction.isEmpty)
            } else if let table = current {
                let (code, comment) = Self.split(line)
                // A comment on a line of its own goes on with the column above.
                if !code.isEmpty { column = String(code.prefix { $0 != " " }) }
                let text = [Self.choices(code), comment].compactMap { $0 }
                if !text.isEmpty {
                    let before = beside[table]?[column].map { [$0] } ?? []
                    beside[table, default: [:]][column] = (before + text).joined(separator: "; ")
                }
            }
        }
    }

    private static func split(_ line: Substring) -> (code: Substring, comment: String?) {
        let code = line.drop { $0 == " " }
        guard let mark = code.firstRange(of: "-- ") else { return (code, nil) }
        return (code[..<mark.lowerBound], String(code[mark.upperBound...]))
    }

    /// The values that a CHECK allows: `CHECK (norm IN ('layer_norm', 'rms_norm'))`.
    private static func choices(_ code: Substring) -> String? {
        guard let start = code.firstRange(of: " IN ("), let end = code[start.upperBound...].firstIndex(of: ")") else { return nil }
        return String(code[start.upperBound..<end]).replacing("'", with: "`")
    }

    /// What stands above a table or view.
    package func about(_ name: String) -> String { above[name] ?? "" }

    /// What stands beside a column.
    package func about(_ table: String, _ column: String) -> String? { beside[table]?[column] }

    private static func name(_ line: Substring, after verb: String) -> String? {
        line.hasPrefix(verb) ? String(line.dropFirst(verb.count).prefix { $0 != " " }) : nil
    }

    private static func joined(_ lines: [String]) -> String {
        lines.map { String($0.drop { $0 == " " }) }.joined(separator: " ")
    }
}
