import ArgumentParser
import Foundation
import Output

extension OutputFormat: ExpressibleByArgument, EnumerableFlag {}

/// How rows are printed, and where to; the same for every command that prints rows.
struct FormatOptions: ParsableArguments {
    @Option(name: .customLong("format"), help: "How to print the rows.")
    var named: OutputFormat?

    @Flag(exclusivity: .chooseLast, help: "Short for --format.")
    var shorthand: OutputFormat?

    @Option(help: ArgumentHelp("Print these columns only, in this order.", valueName: "a,b"))
    var columns: String?

    @Flag(help: "Print every column on a terminal too, however long the lines become.")
    var wide = false

    @Flag(name: .customLong("no-header"), help: "Leave out the names of the columns.")
    var noHeader = false

    @Flag(name: .customLong("csv-safe"), help: "Guard text cells that a spreadsheet would take for a formula.")
    var csvSafe = false

    @Flag(name: .customLong("no-pager"), help: "Print long answers on the terminal rather than through PAGER (less).")
    var noPager = false

    /// What was asked for; nil when nothing was.
    var format: OutputFormat? { named ?? shorthand }

    mutating func validate() throws {
        if let named, let shorthand, named != shorthand {
            throw ValidationError("Give one format: --format \(named.rawValue) or --\(shorthand.rawValue).")
        }
    }

    /// Calls `body` with a writer to standard output.
    /// - Parameters:
    ///   - shown: the columns that a terminal shows first when it has no room for all; from the left without any.
    ///   - head: what stands before the rows of a table on a terminal.
    func write(
        default format: OutputFormat = .table, shown: [String] = [], head: String = "",
        _ body: (inout any RowWriter, OutputFormat) throws -> Void
    ) throws {
        let output = RowOutput(
            format: self.format ?? format, noHeader: noHeader, csvSafe: csvSafe,
            chosen: columns.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } },
            layout: wide || columns != nil ? .all : .fitting(shown))
        try withStandardOutput(paged: !noPager) { sink in
            if output.format == .table, Terminal.isTerminal(STDOUT_FILENO) { try sink.write(head) }
            try output.write(into: sink, descriptor: STDOUT_FILENO, body)
        }
    }
}

/// Rows in one of the text formats, on their way to standard output or a file.
struct RowOutput {
    let format: OutputFormat
    let noHeader: Bool
    let csvSafe: Bool
    /// The columns to write; nil is all.
    var chosen: [String]?
    var layout = TableColumns.fitting([])

    /// Calls `body` with a writer to standard output.
    func write(_ body: (inout any RowWriter, OutputFormat) throws -> Void) throws {
        try withStandardOutput(paged: false) { try write(into: $0, descriptor: STDOUT_FILENO, body) }
    }

    /// Calls `body` with a writer to a file, which takes its place when everything is written.
    func write(
        to path: String, _ overwriting: OutputFile.Overwriting, _ body: (inout any RowWriter, OutputFormat) throws -> Void
    ) throws {
        let file = try OutputFile(path: path, overwriting)
        do {
            let sink = FileDescriptorSink(fileDescriptor: file.descriptor, name: path)
            try write(into: sink, descriptor: file.descriptor, body)
        } catch OutputError.readerGone {
            // Whoever reads a pipe has what it wanted.
        }
        try file.commit()
    }

    /// - Parameter descriptor: where the sink leads in the end.
    func write(
        into sink: any OutputSink, descriptor: Int32, _ body: (inout any RowWriter, OutputFormat) throws -> Void
    ) throws {
        let options = OutputOptions(
            header: !noHeader, csvSafe: csvSafe, isTerminal: Terminal.isTerminal(descriptor),
            terminalWidth: Terminal.width(of: descriptor), columns: layout, allowsColor: Terminal.allowsColor)
        var writer = format.makeWriter(to: sink, options: options)
        if let chosen { writer = ChosenColumns(chosen, writer: writer) }
        try body(&writer, format)
    }
}

extension OutputFormat {
    /// The format that a file's ending names.
    static let endings: [String: OutputFormat] = [
        "csv": .csv, "tsv": .tsv, "json": .json, "jsonl": .jsonl, "ndjson": .jsonl, "md": .markdown,
    ]
}
