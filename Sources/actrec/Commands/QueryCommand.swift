import ArgumentParser
import Queries
import Reading

struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Ask a recording one of the named questions.",
        discussion: """
            Without a name: lists the questions. With --explain: what a question's parameters and columns are.
            Example: actrec query run.db token_variance -p tokens=hatred,ok
            """)

    @OptionGroup var source: DatabaseOptions

    @Argument(help: "The question's name.")
    var name: String?

    @OptionGroup var parameters: ParameterOptions
    @OptionGroup var output: FormatOptions

    @Flag(help: "Show the query's text in place of its answer.")
    var explain = false

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            guard let name else { return try list() }
            guard let query = try Queries.named(name) else { throw UnknownQuery(name: name) }
            if explain { return try printText(query.sql) }
            let values = try parameters.values()
            let database = try source.open()
            var rows = 0
            try output.write { writer, _ in rows = try database.run(query, values: values, into: &writer).rows }
            try explainEmptyAnswer(of: query, values: values, rows: rows, in: database)
        }
    }

    private func list() throws {
        _ = try source.open()  // a recording, or an error that says what it is
        try output.write { writer, _ in
            try writer.begin(columns: ["query", "question"])
            for query in try Queries.all() { try writer.write([.text(query.signature), .text(query.question)]) }
            try writer.end()
        }
    }
}

/// Says on standard error why there are no rows, or not those of every word.
func explainEmptyAnswer(of query: NamedQuery, values: [String: String], rows: Int, in database: ReadOnlyDatabase) throws {
    for reason in try EmptyAnswer(of: query, values: values, in: database).reasons(rows: rows) { note("\(query.name): \(reason)") }
}

/// A name that no query has.
struct UnknownQuery: Error, CustomStringConvertible {
    let name: String

    var description: String {
        "no query '\(name)'; there are \(Queries.names.joined(separator: ", "))"
    }
}
