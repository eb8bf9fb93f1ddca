/// The formats a result can be written in, under the sqlite3 shell's names.
public enum OutputFormat: String, CaseIterable, Sendable {
    case table, csv, tsv, json, jsonl, markdown

    /// One line for help texts.
    public var summary: String {
        switch self {
        case .table: "aligned columns for reading; reals rounded to 6 digits, on a terminal to 4"
        case .csv: "comma-separated values (RFC 4180), full precision"
        case .tsv: "tab-separated values; tab, newline and backslash as \\t \\n \\\\"
        case .json: "one array of objects, an object a line"
        case .jsonl: "one object a line"
        case .markdown: "a GitHub Markdown table, full precision"
        }
    }

    /// A writer of this format. All but the table hold one row at a time; the table holds the first 1,000.
    public func makeWriter(to sink: any OutputSink, options: OutputOptions = OutputOptions()) -> any RowWriter {
        switch self {
        case .table: TableFormat(sink: sink, options: options)
        case .csv: DelimitedFormat(.commas, sink: sink, options: options)
        case .tsv: DelimitedFormat(.tabs, sink: sink, options: options)
        case .json: JSONFormat(.array, sink: sink)
        case .jsonl: JSONFormat(.lines, sink: sink)
        case .markdown: MarkdownFormat(sink: sink, options: options)
        }
    }
}
