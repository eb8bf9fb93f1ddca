import ArgumentParser
import Foundation
import Output

extension OutputFormat: ExpressibleByArgument {}

/// How rows are printed, and where to; the same for every command that prints rows.
struct FormatOptions: ParsableArguments {
    @Option(help: "How to print the rows: \(OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: OutputFormat?

    @Flag(name: .customLong("no-header"), help: "Leave out the names of the columns.")
    var noHeader = false

    @Flag(name: .customLong("csv-safe"), help: "Guard text cells that a spreadsheet would take for a formula.")
    var csvSafe = false

    /// Calls `body` with a writer to standard output.
    func write(default format: OutputFormat = .table, _ body: (inout any RowWriter, OutputFormat) throws -> Void) throws {
        try RowOutput(format: self.format ?? format, noHeader: noHeader, csvSafe: csvSafe).write(body)
    }
}

/// Rows in one of the text formats, on their way to standard output or a file.
struct RowOutput {
    let format: OutputFormat
    let noHeader: Bool
    let csvSafe: Bool

    /// Calls `body` with a writer to standard output.
    func write(_ body: (inout any RowWriter, OutputFormat) throws -> Void) throws {
        try write(to: STDOUT_FILENO, name: "standard output", body)
    }

    /// Calls `body` with a writer to a file, which takes its place when everything is written.
    func write(
        to path: String, _ overwriting: OutputFile.Overwriting, _ body: (inout any RowWriter, OutputFormat) throws -> Void
    ) throws {
        let file = try OutputFile(path: path, overwriting)
        try write(to: file.descriptor, name: path, body)
        try file.commit()
    }

    private func write(
        to descriptor: Int32, name: String, _ body: (inout any RowWriter, OutputFormat) throws -> Void
    ) throws {
        let options = OutputOptions(
            header: !noHeader, csvSafe: csvSafe, isTerminal: Terminal.isTerminal(descriptor),
            terminalWidth: Terminal.width(of: descriptor),
            allowsColor: (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty)
        var writer = format.makeWriter(to: FileDescriptorSink(fileDescriptor: descriptor, name: name), options: options)
        do {
            try body(&writer, format)
        } catch OutputError.readerGone {
            // `actrec ... | head` has what it wanted.
        }
    }
}

extension OutputFormat {
    /// The format that a file's ending names.
    static let endings: [String: OutputFormat] = [
        "csv": .csv, "tsv": .tsv, "json": .json, "jsonl": .jsonl, "ndjson": .jsonl, "md": .markdown,
    ]
}
