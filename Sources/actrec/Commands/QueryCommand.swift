import Output
import ArgumentParser
import Foundation
import Queries
import Reading

struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Ask a recording one of the named questions.",
        discussion: """
            Examples:
              actrec query run.db
              actrec query run.db token_variance hatred ok
              actrec query run.db spikiest_tokens -p limit=5 --run 2
            """)

    @OptionGroup var source: DatabaseOptions

    @Argument(help: "The question's name; without one, the questions are listed.", completion: Completions.queries)
    var name: String?

    @Argument(help: "Words to ask about, for questions about tokens.")
    var words: [String] = []

    @OptionGroup var chosen: RunOption

    @OptionGroup var parameters: ParameterOptions
    @OptionGroup var output: FormatOptions

    @Flag(help: "Print the query's SQL, with what its parameters and columns are, rather than its answer.")
    var explain = false

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            guard let name else { return try list() }
            let query = try Self.query(named: name)
            if explain { return try printText(query.sql, paged: !output.noPager) }
            let values = try values(for: query)
            let database = try source.open()
            var rows = 0
            try output.write(shown: query.shown) { writer, _ in rows = try database.run(query, values: values, into: &writer).rows }
            try explainEmptyAnswer(of: query, values: values, rows: rows, in: database)
        }
    }

    /// What was given: parameters, the run, words.
    private func values(for query: NamedQuery) throws -> [String: String] {
        let names = query.parameters.map(\.name)
        if chosen.run != nil, !names.contains("run") {
            throw ValidationError("\(query.name) takes no --run; its parameters: \(names.joined(separator: ", ")).")
        }
        var values = try chosen.added(to: parameters.values())
        guard !words.isEmpty else { return values }
        guard names.contains("tokens") else {
            throw ValidationError("\(query.name) takes no words; its parameters: \(names.joined(separator: ", ")) (-p name=value).")
        }
        guard values["tokens"] == nil else { throw ValidationError("Give the words or -p tokens=..., not both.") }
        values["tokens"] = words.joined(separator: ",")
        return values
    }

    /// A query by the name that a user typed.
    static func query(named name: String) throws -> NamedQuery {
        guard let query = try Queries.named(UnknownName.normalized(name)) else {
            throw UnknownName(kind: "query", name: name, known: Queries.names)
        }
        return query
    }

    private func list() throws {
        _ = try source.open()  // a recording, or an error that says what it is
        let queries = try Queries.all()
        if output.format == nil, output.columns == nil, !output.wide, Terminal.isTerminal(STDOUT_FILENO) {
            let entries = queries.map { ($0.name, $0.question) }
            return try printText(definitionList(entries, width: Terminal.outputWidth), paged: !output.noPager)
        }
        try output.write { writer, _ in
            try writer.begin(columns: ["query", "question"])
            for query in queries { try writer.write([.text(query.signature), .text(query.question)]) }
            try writer.end()
        }
    }
}

/// Says on standard error why there are no rows, or not those of every word.
func explainEmptyAnswer(of query: NamedQuery, values: [String: String], rows: Int, in database: ReadOnlyDatabase) throws {
    for reason in try EmptyAnswer(of: query, values: values, in: database).reasons(rows: rows) { note("\(query.name): \(reason)") }
}
