import HookPoints
import Reading
import Schema

/// The statistics of norms of queries and keys against the vectors they were taken of, where those are kept.
enum QueryKeyChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var tally = Tally(
            "recomputed query and key statistics",
            "mean and variance of the kept vectors of each head before its norm are those recorded, within 1e-12 (float16: 2^-9)")
        for hook in try KeptHook.all(in: database) {
            guard case .norm(let site, .input) = hook.point, site.isOfQueriesOrKeys else { continue }
            let bar = hook.type == .float32 ? 1e-12 : 0x1p-9
            var reader = VectorReader()
            // One row for each head; the vector of all heads is read at the first.
            var token: Int64 = -1
            try database.rows(rows, [hook.id]) { row in
                let head = Int(row.integer(1))
                if row.integer(0) != token {
                    token = row.integer(0)
                    guard reader.read(row.bytes(2), hook.type, count: hook.heads * hook.width) else {
                        token = -1
                        return tally.fail("\(hook.name): a vector does not have \(hook.heads * hook.width) values")
                    }
                }
                guard reader.isFinite, head < hook.heads, let mean = row.real(3), let variance = row.real(4) else {
                    return tally.leaveOut()
                }
                let found = VectorMoments(reader.values[head * hook.width..<(head + 1) * hook.width])
                let square = max(found.square / Double(hook.width), .leastNormalMagnitude)
                let place = Tally.Place(token: token, what: "\(hook.name), head \(head)")
                tally.add(abs(found.mean - mean) / square.squareRoot(), bar: bar, at: place)
                tally.add(abs(found.variance - variance) / square, bar: bar, at: place)
            }
        }
        return [tally]
    }

    private static let rows = """
        SELECT v.token_key, \(FactTable.queryKeyMoments.value(.head, "m")), v.vector, m.mean, m.variance
        FROM hooks h
        JOIN runs r ON r.run_id = h.run_id
        JOIN sites s ON s.model_id = r.model_id AND s.site || '.hook_in' = h.name
        JOIN vectors v ON v.hook_id = h.hook_id
        CROSS JOIN qk_moments m ON \(FactTable.queryKeyMoments.rows("m", ofToken: "v.token_key", "s.depth"))
        WHERE h.hook_id = ?1
        ORDER BY v.token_key, m.moments_key
        """
}
