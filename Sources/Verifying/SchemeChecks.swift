import Reading
import Schema

/// How many pairs of mean and variance a run's scheme computes, and those that it computes for sequences.
enum SchemeChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var pairs = Tally(
            "computed pairs",
            "each site computed a pair for each token (scheme token), sequence and feature (feature), sequence (sequence), or none; norms of "
                + "queries and keys for each token and head; and took away as many means, frozen LayerNorms one for each token, RMSNorms none"
        )
        var rows = Tally("sequence moment rows", "sequences x sites (scheme sequence), and x width (feature)")
        var moments = Tally(
            "sequence moments",
            "mean and mean square of a sequence's values are the same from sequence_moments and from token_statistics, within 1e-9")
        try database.rows(runs) { run in
            let (id, scheme) = (run.integer(0), run.text(1))
            let (sequences, tokens, width, sites) = (
                Int(run.integer(2)), Int(run.integer(3)), Int(run.integer(4)), Int(run.integer(5))
            )
            let perSite =
                switch scheme {
                case "token": tokens
                case "feature": sequences * width
                case "sequence": sequences
                default: 0
                }
            // A run that ended before its first commit has none.
            if tokens > 0 {
                let wrong = try database.number(otherPairs, [id, Int64(perSite), Int64(tokens)])
                let found = try database.number("SELECT count(*) FROM computed_pairs WHERE run_id = ?1", [id])
                let all = sites + Int(run.integer(6))
                pairs.count(all, wrong: wrong + abs(found - all), "run \(id): expected \(perSite) pairs at each of \(sites) sites")
            }
            let isBySequence = scheme == "feature" || scheme == "sequence"
            let found = try database.number(
                "SELECT count(*) FROM sequences q JOIN sequence_moments m ON m.sequence_id = q.sequence_id WHERE q.run_id = ?1",
                [id])
            let expected = isBySequence ? perSite * sites : 0
            if isBySequence || found > 0 {
                rows.count(
                    max(expected, found), wrong: abs(expected - found), "run \(id): expected \(expected) rows, found \(found)")
            }
            guard isBySequence else { return }
            try database.rows(pooled, [id]) { row in
                let place = Tally.Place(token: row.integer(0), what: "sequence_moments at depth \(row.integer(1))")
                guard let mean = row.real(2), let square = row.real(3), let m = row.real(4), let s = row.real(5),
                    row.integer(6) == 0
                else {
                    return moments.leaveOut()
                }
                let size = max(s, .leastNormalMagnitude)
                moments.add(max(abs(mean - m) / size.squareRoot(), abs(square - s) / size), bar: 1e-9, at: place)
            }
        }
        return [pairs, rows, moments]
    }

    private static let runs = """
        SELECT r.run_id, r.norm_scheme, count(q.sequence_id), coalesce(sum(q.token_count), 0), d.width,
               (SELECT count(*) FROM sites s WHERE s.model_id = r.model_id AND s.placement <> 'qk'),
               (SELECT count(*) FROM sites s WHERE s.model_id = r.model_id AND s.placement = 'qk')
        FROM runs r
        JOIN models d ON d.model_id = r.model_id
        LEFT JOIN sequences q ON q.run_id = r.run_id
        GROUP BY r.run_id
        ORDER BY r.run_id
        """

    /// A scheme leaves norms of queries and keys as they are.
    private static let otherPairs = """
        SELECT count(*) FROM computed_pairs c
        JOIN runs r ON r.run_id = c.run_id
        JOIN sites s ON s.model_id = r.model_id AND s.depth = c.depth
        WHERE c.run_id = ?1 AND (
            c.pairs <> CASE s.placement WHEN 'qk' THEN ?3 * s.heads ELSE ?2 END
            -- An RMSNorm takes no mean away; frozen LayerNorms still take each token's.
            OR c.means <> CASE WHEN s.norm = 'rms_norm' THEN 0 WHEN s.placement = 'qk' THEN ?3 * s.heads
                               WHEN r.norm_scheme = 'frozen' THEN ?3 ELSE ?2 END)
        """

    private static let pooled = """
        SELECT q.first_token, c.depth, c.mean, c.square, avg(m.mean), avg(m.variance + m.mean * m.mean),
               total(m.nonfinite > 0 OR m.variance IS NULL)
        FROM sequences q
        JOIN (SELECT sequence_id, depth, avg(mean) AS mean, avg(variance + mean * mean) AS square
              FROM sequence_moments GROUP BY sequence_id, depth) c ON c.sequence_id = q.sequence_id
        JOIN tokens t ON t.sequence_id = q.sequence_id
        JOIN site_moments m ON \(FactTable.siteMoments.rows("m", ofToken: "t.token_key", "c.depth"))
        WHERE q.run_id = ?1
        GROUP BY q.sequence_id, c.depth
        """
}
