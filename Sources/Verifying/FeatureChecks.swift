import HookPoints
import Reading
import Schema

/// The two axes against each other: all values of a run, pooled over its features and pooled over its tokens.
enum FeatureChecks {
    private static let bar = 1e-9

    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var tally = Tally(
            "features against tokens",
            "mean and mean square of all values of a site are the same from feature_statistics and from token_statistics, within 1e-9"
        )
        try database.rows("SELECT run_id FROM runs ORDER BY run_id") { run in
            let runID = run.integer(0)
            try database.rows(pooled, [runID]) { row in
                let depth = row.integer(0)
                for (index, stage) in [HookPoint.NormHook.input, .normalized, .output].map(\.rawValue).enumerated() {
                    let place = Tally.Place(token: row.integer(1), what: "\(stage) at depth \(depth), run \(runID)")
                    guard let fm = row.real(2 + index), let fs = row.real(5 + index), let tm = row.real(8 + index),
                        let ts = row.real(11 + index), row.integer(14) == 0
                    else {
                        tally.leaveOut()
                        continue
                    }
                    let size = max(ts, .leastNormalMagnitude)
                    tally.add(max(abs(fm - tm) / size.squareRoot(), abs(fs - ts) / size), bar: bar, at: place)
                }
            }
        }
        return [tally]
    }

    private static let pooled = """
        SELECT f.depth, t.first_token, f.in_mean, f.normalized_mean, f.out_mean, f.in_square, f.normalized_square, f.out_square,
               t.mean, t.normalized_mean, t.out_mean, t.square, t.normalized_square, t.out_square, t.incomplete
        FROM (
            SELECT depth, avg(in_mean) AS in_mean, avg(normalized_mean) AS normalized_mean, avg(out_mean) AS out_mean,
                   avg(in_m2 / n + in_mean * in_mean) AS in_square,
                   avg(normalized_m2 / n + normalized_mean * normalized_mean) AS normalized_square,
                   avg(out_m2 / n + out_mean * out_mean) AS out_square
            FROM feature_moments WHERE run_id = ?1 GROUP BY depth
        ) f
        JOIN (
            SELECT \(FactTable.siteMoments.value(.depth, "m")) AS depth, min(\(FactTable.siteMoments.token("m"))) AS first_token,
                   avg(m.mean) AS mean, avg(m.normalized_mean) AS normalized_mean, avg(m.out_mean) AS out_mean,
                   avg(m.variance + m.mean * m.mean) AS square,
                   avg(m.normalized_variance + m.normalized_mean * m.normalized_mean) AS normalized_square,
                   avg(m.out_variance + m.out_mean * m.out_mean) AS out_square,
                   total(m.nonfinite > 0 OR m.variance IS NULL) AS incomplete
            FROM sequences q
            JOIN site_moments m ON \(FactTable.siteMoments.rows("m", ofSequence: "q"))
            WHERE q.run_id = ?1 GROUP BY 1
        ) t ON t.depth = f.depth
        ORDER BY f.depth
        """
}
