import Foundation
import Output
import Queries
import Reading

/// A `datasette.yaml` for a recording: the named queries as canned queries, questions first and their SQL hidden, and what the
/// public views and their columns mean; the tables beneath are hidden. Queries that use vector functions are left out. Datasette takes it
/// as metadata (`-m`), from its version 1.0 on as configuration and metadata both (`-c` and `-m`).
public struct DatasetteConfiguration {
    /// The database's name in Datasette: the file's, without its ending.
    public let database: String

    public init(path: String) {
        database = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }

    public func yaml() throws -> String {
        var lines = [
            "\(EarlierOutput.datasetteMark)\(database).db datasette`; use (with Datasette 1.0, add -c datasette.yaml):",
            "# datasette \(database).db -m datasette.yaml --setting sql_time_limit_ms 60000",
            "title: \(quoted("Inside a transformer: \(database)"))",
            "description: \(quoted(Self.description))",
            "databases:", "  \(quoted(database)):", "    description: \(quoted(Self.description))", "    queries:",
        ]
        for query in try Queries.all() where !query.usesVectorFunctions {
            lines += ["      \(query.name):", "        title: \(quoted(query.question))", "        hide_sql: true"]
            if !query.details.isEmpty { lines += ["        description: |-"] + block(query.details) }
            if !query.parameters.isEmpty {
                lines.append("        params: [\(query.parameters.map(\.name).joined(separator: ", "))]")
            }
            lines += ["        sql: |-"] + block(sql(of: query))
        }
        return (try lines + tables()).joined(separator: "\n") + "\n"
    }

    private static let description =
        "What enters and leaves every norm of a transformer, token by token, recorded by actrec. Start with a question below; views and "
        + "their columns are described on their pages. Variance is the population variance."

    /// The public views with what their columns mean; the tables that they are made of, hidden.
    private func tables() throws -> [String] {
        var lines = ["    tables:"]
        for table in try SchemaReference.tables() {
            lines.append("      \(table.name):")
            if !table.isPublic {
                lines.append("        hidden: true")
                continue
            }
            if !table.about.isEmpty { lines.append("        description: \(quoted(table.about))") }
            let known = table.columns.filter { !$0.about.isEmpty }
            if !known.isEmpty { lines.append("        columns:") }
            lines += known.map { "          \($0.name): \(quoted($0.about))" }
        }
        return lines
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
