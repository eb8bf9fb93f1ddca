import Analysis
import ArgumentParser
import Queries
import Schema

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a view, a named query's answer, or a configuration for Datasette to a file.",
        discussion: """
            The format is that of --format, else of the file's ending, else csv.
            'datasette' writes datasette.yaml, with which Datasette offers every named query on the recording.
            Views: \(Schema.publicViews.joined(separator: ", "))
            """)

    @OptionGroup var source: DatabaseOptions

    @Argument(help: "A public view, a named query, or 'datasette'.")
    var what = "token_statistics"

    @Option(name: [.short, .long], help: "The file; - or nothing is standard output.")
    var output: String?

    @OptionGroup var parameters: ParameterOptions
    @OptionGroup var format: FormatOptions

    func run() throws {
        try reporting {
            if what == "datasette" { return try exportDatasette() }
            let values = try parameters.values()
            let sql: (ReadOnlyDatabase, inout any RowWriter) throws -> ReadOnlyDatabase.Outcome
            if Schema.publicViews.contains(what) {
                guard values.isEmpty else { throw ValidationError("\(what) is a view and takes no parameters.") }
                let what = what
                sql = { try $0.run("SELECT * FROM \(what)", into: &$1) }
            } else if let query = Queries.named(what) {
                sql = { try $0.run(query, values: values, into: &$1) }
            } else {
                throw UnknownExport(name: what)
            }
            let database = try source.open(defaultTimeout: 0)
            var rows = 0
            try format.write(to: output, default: .csv) { writer, _ in rows = try sql(database, &writer).rows }
            if let output, output != "-" { note("\(rows) rows in \(output)") }
        }
    }
}

extension ExportCommand {
    private func exportDatasette() throws {
        _ = try source.open()  // a recording, or an error that says what it is
        let file = try ReplacementFile(path: output ?? "datasette.yaml")
        let sink = FileDescriptorSink(fileDescriptor: file.descriptor, name: output ?? "datasette.yaml")
        try sink.write(DatasetteConfiguration(path: source.database).yaml)
        try sink.flush()
        try file.commit()
        note("\(output ?? "datasette.yaml") made; use: datasette \(source.database) -m \(output ?? "datasette.yaml")")
    }
}

/// A name that is neither a view's nor a query's.
struct UnknownExport: Error, CustomStringConvertible {
    let name: String

    var description: String {
        "nothing to export is called '\(name)'; views: \(Schema.publicViews.joined(separator: ", ")); "
            + "queries: \(Queries.all.map(\.name).joined(separator: ", "))"
    }
}
