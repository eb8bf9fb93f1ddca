import Reading
import Schema

/// What the statistics of one vector must obey among themselves.
enum StatisticChecks {
    /// u, the rounding error of float32.
    static let u = 0x1p-24

    private static let table = FactTable.siteMoments

    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        // Each value of hook_normalized is rounded once to float32: its mean moves by at most u · rms, its variance by 2 u.
        var mean = Tally("normalized mean", "mean of hook_normalized = 0 (RMSNorm: mean / scale), within 2 u")
        var variance = Tally(
            "normalized variance", "||normalized||² = d · variance / (variance + epsilon), each divided by d, within 4 u")
        var moments = Tally("skewness and kurtosis", "kurtosis >= 1 + skewness², within 1e-9 of it")
        var bounds = Tally(
            "bounds", "minimum <= mean <= maximum and 0 <= variance <= (maximum - mean) (mean - minimum), within 1e-9 of the range")
        let statement = try database.connection.prepare(siteRows)
        try database.rows(sequences) { sequence in
            let first = sequence.integer(0)
            let epsilon = sequence.real(2) ?? 0
            let isRMS = sequence.text(3) == "rms_norm"
            let isPerToken = sequence.text(4) == "token"
            // Edits there may put in any numbers.
            let edited = Set(sequence.text(5).split(separator: ",").compactMap { Int64($0) })
            try statement.bind(table.key(token: first), table.key(token: first + sequence.integer(1)) - 1)
            try statement.forEachRow {
                let key = statement.integer(0)
                let depth = table.value(.depth, of: key)
                func place(_ what: String) -> Tally.Place {
                    Tally.Place(token: table.token(of: key), what: "\(what) at depth \(depth)")
                }
                guard let x = SiteRow(statement), statement.integer(11) == 0 else {
                    mean.leaveOut()
                    variance.leaveOut()
                    moments.leaveOut()
                    bounds.leaveOut()
                    return
                }
                let scale2 = x.variance + epsilon + (isRMS ? x.mean * x.mean : 0)
                // Other schemes take their statistics along another axis.
                if isPerToken, !edited.contains(depth), let m = statement.real(7), let v = statement.real(8) {
                    mean.add(abs(m - (isRMS ? x.mean / scale2.squareRoot() : 0)), bar: 2 * u, at: place("mean of hook_normalized"))
                    variance.add(abs(v - x.variance / scale2), bar: 4 * u, at: place("variance of hook_normalized"))
                }
                if let skewness = statement.real(5), let kurtosis = statement.real(6) {
                    let least = 1 + skewness * skewness
                    moments.add(max(0, (least - kurtosis) / least), bar: 1e-9, at: place("kurtosis"))
                }
                bounds.add(x.excess, bar: 1e-9, at: place("bounds"))
            }
        }
        return [mean, variance, moments, bounds]
    }

    private struct SiteRow {
        let mean, variance, minimum, maximum: Double

        init?(_ row: Statement) {
            guard let mean = row.real(1), let variance = row.real(2), let minimum = row.real(3), let maximum = row.real(4) else {
                return nil
            }
            (self.mean, self.variance, self.minimum, self.maximum) = (mean, variance, minimum, maximum)
        }

        /// How far the values leave their bounds, as a part of the largest value.
        var excess: Double {
            let size = max(abs(minimum), abs(maximum))
            guard size > 0 else { return max(abs(mean), abs(variance)) }
            let spread = (maximum - mean) * (mean - minimum)
            return max(
                0, (minimum - mean) / size, (mean - maximum) / size, -variance / (size * size), (variance - spread) / (size * size))
        }
    }

    private static let sequences = """
        SELECT q.first_token, q.token_count, d.epsilon, d.norm, r.norm_scheme,
               (SELECT group_concat(s.depth)
                FROM edits e
                JOIN sites s ON s.model_id = r.model_id AND e.hook IN (s.site || '.hook_scale', s.site || '.hook_normalized')
                WHERE e.run_id = r.run_id)
        FROM sequences q
        JOIN runs r ON r.run_id = q.run_id
        JOIN models d ON d.model_id = r.model_id
        ORDER BY q.sequence_id
        """

    private static let siteRows = """
        SELECT moments_key, mean, variance, minimum, maximum, skewness, kurtosis, normalized_mean, normalized_variance,
               out_mean, out_variance, nonfinite
        FROM site_moments
        WHERE moments_key BETWEEN ? AND ?
        """
}
