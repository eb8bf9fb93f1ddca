import Reading

/// Shares of the variance that enters a norm, where they are recorded.
enum ShareChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var tally = Tally("shares", "the shares of all parts at a site add up to 1, within 1e-6")
        try database.rows(rows) { row in
            let key = row.integer(0)
            // Where nothing varies there is nothing to share.
            guard let sum = row.real(1) else { return tally.leaveOut() }
            tally.add(abs(sum - 1), bar: 1e-6, at: Tally.Place(token: key >> 10, what: "depth \(key & 1023)"))
        }
        return [tally]
    }

    private static let rows = "SELECT share_key >> 12, sum(share) FROM share_values GROUP BY share_key >> 12"
}
