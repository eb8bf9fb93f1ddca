import Analysis
import ArgumentParser

struct SQLCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Run a statement of your own over a recording. It can only read.",
        discussion: """
            Example: actrec sql run.db "SELECT depth, avg(variance) FROM token_statistics GROUP BY depth"
            The tables and views: actrec schema
            """)

    @OptionGroup var source: DatabaseOptions

    @Argument(help: "One SELECT statement; :name in it is a parameter.")
    var statement: String

    @OptionGroup var parameters: ParameterOptions
    @OptionGroup var output: FormatOptions

    @Option(help: "Stop after this many rows.")
    var limit: Int?

    @OptionGroup var diagnostics: Diagnostics

    mutating func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit takes a number from 0.") }
    }

    func run() throws {
        try reporting(diagnostics) {
            let values = try parameters.values().mapValues { Cell(argument: $0) }
            let database = try source.open(rowLimit: limit)
            try output.write { writer, _ in
                let outcome = try database.run(statement, parameters: values, into: &writer)
                if outcome.isCut { note("stopped after \(outcome.rows) rows; raise --limit for more") }
            }
        }
    }
}
