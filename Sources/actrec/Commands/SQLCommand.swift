import Reading
import ArgumentParser
import Output
import Recording

struct SQLCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Run a statement of your own over a recording. It can only read.",
        discussion: """
            Example: actrec sql run.db "SELECT depth, avg(variance) FROM token_statistics GROUP BY depth"
            A named query's text is a beginning:
              actrec query run.db token_variance --explain > mine.sql
              actrec sql run.db --file mine.sql -p tokens=hatred,ok
            actrec schema lists the tables and views.
            Functions over vectors (schema/README.md says what each does): \(VectorFunctions.all.map(\.call).joined(separator: ", "))
            """)

    @OptionGroup var source: DatabaseOptions

    @Argument(help: "One SELECT statement; :name in it is a parameter, NULL when not given.")
    var statement: String?

    @Option(name: [.short, .long], help: "A file with the statement. - is standard input.")
    var file: String?

    @OptionGroup var parameters: ParameterOptions

    @Option(name: .customLong("run"), help: ArgumentHelp("The value of :run in the statement.", valueName: "id"))
    var runID: Int64?

    @OptionGroup var output: FormatOptions

    @Option(help: "Stop after this many rows.")
    var limit: Int?

    @OptionGroup var diagnostics: Diagnostics

    /// An argument that begins with an SQL comment is a statement and no option: a space before it says so.
    static func guardingComments(_ arguments: [String]) -> [String] {
        guard arguments.first == configuration.commandName else { return arguments }
        return arguments.map { argument in
            argument.hasPrefix("--") && argument.dropFirst(2).first?.isWhitespace == true ? " " + argument : argument
        }
    }

    mutating func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit takes a number from 0.") }
        if (statement == nil) == (file == nil) { throw ValidationError("Give either a statement or --file.") }
    }

    func run() throws {
        try reporting(diagnostics) {
            let values = try RunOption.added(runID, to: parameters.values()).mapValues { Cell(argument: $0) }
            let sql = try statement ?? file.map { file in try InputFile.text(of: file) } ?? ""
            let database = try source.open(rowLimit: limit)
            try output.write { writer, _ in
                let outcome = try database.run(sql, parameters: values, into: &writer)
                if outcome.isCut { note("stopped after \(outcome.rows) rows; raise --limit for more") }
            }
        }
    }
}
