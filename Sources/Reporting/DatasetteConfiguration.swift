import Foundation
import Output
import Queries

/// A `datasette.yaml` that offers the named queries on a recording as canned queries, with their questions, explanations
/// and parameters; not those that use vector functions. Datasette takes it as metadata (`-m`), from its version 1.0 on as configuration (`-c`).
public struct DatasetteConfiguration {
    /// The database's name in Datasette: the file's, without its ending.
    public let database: String

    public init(path: String) {
        database = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }

    public func yaml() throws -> String {
        var lines = [
            "\(EarlierOutput.datasetteMark)\(database).db datasette`; use (with Datasette 1.0, -c in place of -m):",
            "# datasette \(database).db -m datasette.yaml --setting sql_time_limit_ms 60000", "databases:",
            "  \(quoted(database)):", "    queries:",
        ]
        for query in try Queries.all() where !query.usesVectorFunctions {
            lines += ["      \(query.name):", "        title: \(quoted(query.question))"]
            if !query.details.isEmpty { lines += ["        description: |-"] + block(query.details) }
            if !query.parameters.isEmpty {
                lines.append("        params: [\(query.parameters.map(\.name).joined(separator: ", "))]")
            }
            lines += ["        sql: |-"] + block(sql(of: query))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The statement without its header. Datasette gives an empty text, and not NULL, for a parameter that is not filled
    /// in, and every value as text.
    private func sql(of query: NamedQuery) -> String {
        let statement = query.sql.split(separator: "\n", omittingEmptySubsequences: false).drop { $0.hasPrefix("--") }
            .joined(separator: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
        return query.parameters.reduce(statement) { text, parameter in
            let given = "nullif(:\(parameter.name), '')"
            let value =
                switch parameter.kind {
                case .text: given
                case .integer: "CAST(\(given) AS INTEGER)"
                case .real: "CAST(\(given) AS REAL)"
                }
            // No other name may begin with this one's letters.
            return text.replacingOccurrences(of: ":\(parameter.name)\\b", with: value, options: .regularExpression)
        }
    }

    private func block(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "          \($0)" }
    }

    /// A JSON string is a YAML string.
    private func quoted(_ text: String) -> String { JSONText.quoted(text) }
}
