import Analysis
import ArgumentParser
import Foundation

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
        try RowOutput(format: self.format ?? format, noHeader: noHeader, csvSafe: csvSafe).write(to: nil, body)
    }
}

/// Rows in one of the text formats, on their way to standard output or a file.
struct RowOutput {
    let format: OutputFormat
    let noHeader: Bool
    let csvSafe: Bool

    /// Calls `body` with a writer to a file, which replaces what was there when everything is written; to standard output
    /// when there is no path.
    func write(to path: String?, _ body: (inout any RowWriter, OutputFormat) throws -> Void) throws {
        guard let path else { return try write(to: STDOUT_FILENO, name: "standard output", body) }
        let file = try ReplacementFile(path: path)
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
    /// The format that a file's ending names; nil for other endings.
    static func named(byEndingOf path: String) -> OutputFormat? {
        switch (path as NSString).pathExtension.lowercased() {
        case "csv": .csv
        case "tsv": .tsv
        case "json": .json
        case "jsonl", "ndjson": .jsonl
        case "md": .markdown
        default: nil
        }
    }
}
