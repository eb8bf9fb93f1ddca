import Reading
import Schema

/// Shares of the variance that enters a norm, where they are recorded.
enum ShareChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var tally = Tally("shares", "the shares of all parts at a site add up to 1, within 1e-6")
        try database.rows(rows) { row in
            // Where nothing varies there is nothing to share.
            guard let sum = row.real(2) else { return tally.leaveOut() }
            tally.add(abs(sum - 1), bar: 1e-6, at: Tally.Place(token: row.integer(0), what: "depth \(row.integer(1))"))
        }
        return [tally]
    }

    private static let rows = """
        SELECT \(FactTable.shareValues.token("v")), \(FactTable.shareValues.value(.depth, "v")), sum(share)
        FROM share_values v
        GROUP BY 1, 2
        """
}
