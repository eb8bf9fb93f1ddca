import Output
import Queries
import Reading

/// Keeps a result in memory.
struct RowCollector: RowWriter {
    final class Result {
        var columns: [String] = []
        var rows: [[Cell]] = []
    }
    let result = Result()

    func begin(columns: [String]) { result.columns = columns }
    func write(_ row: [Cell]) { result.rows.append(row) }
    func end() {}
}

extension ReadOnlyDatabase {
    func cells(_ sql: String, parameters: [String: Cell] = [:]) throws -> [[Cell]] {
        try rows(sql, parameters: parameters).map(\.cells)
    }

    /// A named query's result as CSV, without its header.
    func csv(_ name: String, values: [String: String] = [:]) throws -> String {
        guard let query = try Queries.named(name) else { return "no query \(name)" }
        let sink = MemorySink()
        var writer = OutputFormat.csv.makeWriter(to: sink, options: OutputOptions(header: false))
        try run(query, values: values, into: &writer)
        return sink.text.replacing("\r\n", with: "\n")
    }
}
