import Output
import Queries
import Reading

/// The same text under every normalization scheme: which runs belong together, and what they are asked.
public enum NormalizationSchemes {
    /// The label of a scheme's run. Its twin has the last token of every sequence replaced by another.
    ///
    /// The runs of one comparison follow one another in their file, the twin before its run, LayerNorm's first.
    public static func label(_ scheme: String, lastTokenChanged: Bool) -> String {
        "schemes: " + scheme + (lastTokenChanged ? ", last token changed" : "")
    }

    /// Writes one row a scheme, of the newest comparison in the file, or of the one that `run` belongs to.
    public static func write(_ database: ReadOnlyDatabase, run: Int64? = nil, to writer: inout any RowWriter) throws {
        try database.run(sql(), parameters: ["run": run.map(Cell.integer) ?? .null], into: &writer)
    }

    /// The same rows as a table for reading, in 80 columns.
    public static func table(_ database: ReadOnlyDatabase, run: Int64? = nil) throws -> String {
        let rows = try database.rows(sql(), parameters: ["run": run.map(Cell.integer) ?? .null])
        func column(_ index: Int, _ header: String, decimals: Int? = nil) -> TextTable.Column {
            let cells = rows.map { row in
                guard let value = row[index].double else { return row[index].plainText ?? "-" }
                return decimals.map { value < 1000 ? ShortNumber.text(value, decimals: $0) : ShortNumber.text(value) }
                    ?? row[index].plainText ?? "-"
            }
            return .init(header: header, cells: cells, alignsRight: index > 0)
        }
        let table = TextTable(
            rows: column(0, "scheme"),
            columns: [
                column(1, "statistics"), column(2, "loss", decimals: 4), column(3, "kl", decimals: 4),
                column(4, "normalized_r", decimals: 3), column(5, "out_r", decimals: 3), column(6, "changed"), column(7, "earlier"),
            ])
        return table.text(width: 80)
    }

    /// queries/normalization_schemes.sql
    private static func sql() throws -> String { try Queries.named("normalization_schemes")?.sql ?? "" }
}
