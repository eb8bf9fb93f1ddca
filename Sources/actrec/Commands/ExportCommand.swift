import Reading
import ArgumentParser
import Exporting
import Output
import Queries
import Recording
import Reporting
import Schema

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Write a view, a named query's answer, the whole recording as Parquet, vectors as arrays, or a configuration for Datasette.",
        discussion: """
            The format is that of --format, else of the file's ending (\(ExportFormat.endings.joined(separator: ", "))), else csv.
            Parquet to a directory (-o DIR) is the whole recording, or what is named, in folders by run; to a file (-o NAME.parquet) \
            it is one view or query. docs/python.md shows how to read it.
            --vectors writes the vectors of hook points as arrays with a row for each token, to an .npy or a .safetensors file:
              actrec export run.db --vectors 'blocks.*.hook_resid_pre' -o stream.safetensors
            'datasette' writes datasette.yaml, with which Datasette offers every named query on the recording.
            Views: \(Schema.publicViews.joined(separator: ", "))
            For Parquet also: \(ParquetExport.tables.filter { !Schema.publicViews.contains($0) }.joined(separator: ", "))
            """)

    @OptionGroup var source: DatabaseOptions

    @Argument(
        help: "A public view, a named query, or 'datasette'. token_statistics when not given; everything for a Parquet directory.",
        completion: Completions.exports)
    var what: String?

    @Option(name: [.short, .long], help: "The file, or the directory for Parquet; - or nothing is standard output.")
    var output: String?

    @OptionGroup var parameters: ParameterOptions

    @Option(
        help: ArgumentHelp("Write the vectors of these hook points: names or globs, separated by commas.", valueName: "hooks"))
    var vectors: String?

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("Rows of this run alone. With --vectors: the newest run when left out.", valueName: "id"))
    var runID: Int64?

    @Option(name: .customLong("format"), help: "How to write the rows.")
    var named: ExportFormat?

    @Flag(exclusivity: .chooseLast, help: "Short for --format.")
    var shorthand: OutputFormat?

    @Flag(name: .customLong("no-header"), help: "Leave out the names of the columns.")
    var noHeader = false

    @Flag(name: .customLong("csv-safe"), help: "Guard text cells that a spreadsheet would take for a formula.")
    var csvSafe = false

    @Flag(help: "Replace a directory that holds an earlier export, or a file that is none.")
    var force = false

    @OptionGroup var diagnostics: Diagnostics

    mutating func validate() throws {
        guard vectors != nil else { return }
        if what != nil || named != nil || shorthand != nil || noHeader || csvSafe || !parameters.parameters.isEmpty {
            throw ValidationError("--vectors goes with -o, --run and --force only.")
        }
    }

    func run() throws {
        try reporting(diagnostics) {
            if let vectors { return try exportVectors(vectors) }
            if what == "datasette" { return try exportDatasette() }
            let path = output == "-" ? nil : output
            let format =
                try named ?? shorthand.map(ExportFormat.rows) ?? ExportFormat.named(byEndingOf: path ?? "", default: .rows(.csv))
            switch format {
            case .rows(let format): try exportRows(format, to: path)
            case .parquet: try exportParquet(to: path)
            }
        }
    }

    /// The view or the query that is asked for.
    private func chosen(_ what: String, among names: [String]) throws -> ParquetExport.Source {
        let values = try parameters.values()
        if let query = try Queries.named(UnknownName.normalized(what)) {
            return .query(query, values: try RunOption.added(runID, to: values))
        }
        guard let view = names.first(where: { $0 == UnknownName.normalized(what) }) else {
            throw UnknownName(kind: "view or query", name: what, known: names + Queries.names)
        }
        guard values.isEmpty else { throw ValidationError("\(view) is a view and takes no parameters.") }
        return .view(view)
    }

    private func exportRows(_ format: OutputFormat, to path: String?) throws {
        let choice = try chosen(what ?? "token_statistics", among: Schema.publicViews)
        let database = try source.open(defaultTimeout: 0)
        var rows = 0
        let output = RowOutput(format: format, noHeader: noHeader, csvSafe: csvSafe)
        func write(_ writer: inout any RowWriter, _: OutputFormat) throws {
            switch choice {
            case .view(let name):
                let condition = try runCondition(for: name, in: database)
                rows = try database.run(
                    "SELECT * FROM \(name)\(condition)", parameters: runID.map { ["run": .integer($0)] } ?? [:], into: &writer
                ).rows
            case .query(let query, let values): rows = try database.run(query, values: values, into: &writer).rows
            }
        }
        func explain() throws {
            if case .query(let query, let values) = choice {
                try explainEmptyAnswer(of: query, values: values, rows: rows, in: database)
            }
        }
        guard let path else {
            try output.write(write)
            return try explain()
        }
        let known = try Schema.publicViews.map(database.columns(of:)) + Queries.all().map { $0.columns.map(\.name) }
        try output.write(to: path, overwriting(.rows(format, columns: known)), write)
        note("\(counted(rows, "row")) in \(path)")
        try explain()
    }

    /// What keeps the rows of the run that was asked for.
    private func runCondition(for view: String, in database: ReadOnlyDatabase) throws -> String {
        guard runID != nil else { return "" }
        guard try database.columns(of: view).contains("run_id") else {
            throw ValidationError("\(view) does not belong to a run: leave --run out.")
        }
        return " WHERE run_id = :run"
    }

    private func overwriting(_ earlier: EarlierOutput) -> OutputFile.Overwriting {
        .init(earlier: earlier, force: force, source: source.database)
    }

    private func exportParquet(to path: String?) throws {
        if runID != nil, try what.map({ try Queries.named(UnknownName.normalized($0)) == nil }) ?? true {
            throw ValidationError("A Parquet export has every run, in folders by run: leave --run out.")
        }
        guard let path else { throw ValidationError("Parquet needs a place: -o DIRECTORY or -o NAME.parquet.") }
        let isFile = ExportFormat.isParquetFile(path)
        let choice = try (what ?? (isFile ? "token_statistics" : nil)).map { try chosen($0, among: ParquetExport.tables) }
        if choice == nil, !parameters.parameters.isEmpty { throw ValidationError("The whole recording takes no parameters.") }
        let database = try source.open(defaultTimeout: 0)
        try interruptible { isCancelled in
            let export = ParquetExport(database, version: RecordingVersion.current, isCancelled: isCancelled)
            if isFile, let choice {
                let file = try OutputFile(path: path, overwriting(.parquet))
                let outcome = try export.write(choice, toFile: file.descriptor, named: path)
                try file.commit()
                note("\(counted(outcome.rows, "row")) in \(path)")
            } else {
                let outcome = try export.write(choice, toDirectory: path, force: force)
                note("\(counted(outcome.rows, "row")) in \(counted(outcome.files, "file")) in \(path)")
            }
        }
    }

    private func exportVectors(_ hooks: String) throws {
        guard let path = output, let format = VectorExport.Format(endingOf: path) else {
            throw VectorExportError.unknownEnding(path: output ?? "standard output")
        }
        let database = try source.open(defaultTimeout: 0)
        try interruptible { isCancelled in
            let export = try VectorExport(database, hooks: hooks, run: runID, isCancelled: isCancelled)
            let file = try OutputFile(path: path, overwriting(.vectors))
            let outcome = try export.write(format, to: file.descriptor, named: path)
            try file.commit()
            note("\(counted(outcome.arrays, "array")) of \(counted(outcome.rows, "row")) in \(path)")
        }
    }

    /// Runs an export that Ctrl-C stops.
    private func interruptible(_ work: (_ isCancelled: @escaping () -> Bool) throws -> Void) throws {
        let watch = InterruptWatch(message: "stopping; press Ctrl-C again to stop at once")
        do {
            try work { watch.isRequested }
        } catch  where error as? ParquetExportError == .cancelled || error as? VectorExportError == .cancelled {
            note("stopped; nothing was written")
            throw Failure.interrupted.code
        }
    }
}

extension ExportCommand {
    private func exportDatasette() throws {
        _ = try source.open()  // a recording, or an error that says what it is
        let path = output ?? "datasette.yaml"
        let text = try DatasetteConfiguration(path: source.database).yaml()
        if path == "-" { return try printText(text) }
        try OutputFile.write(text, to: path, overwriting(.datasette))
        note("\(path) made; use: datasette \(source.database) -m \(path)")
    }
}
