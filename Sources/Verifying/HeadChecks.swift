import HookPoints
import Reading
import Schema

/// The statistics of the heads against the vectors they were taken of, where those are kept.
enum HeadChecks {
    /// How the columns begin that hold a hook point's statistics.
    private static let columns: [HookPoint.AttentionHook: String] = [.q: "q", .k: "k", .v: "v", .z: "z", .result: "result"]

    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var tally = Tally(
            "recomputed head statistics",
            "mean and variance of each head's kept vectors are those recorded, within 1e-12 (float16: 2^-9)")
        for hook in try KeptHook.all(in: database) {
            guard case .attention(let layer, let part) = hook.point, let name = columns[part] else { continue }
            let width = name == "result" ? hook.width : hook.headWidth
            let bar = hook.type == .float32 ? 1e-12 : 0x1p-9
            var reader = VectorReader()
            // Query heads that share a key or a value all have its statistics.
            let sharing = hook.heads > 0 ? max(1, hook.queryHeads / hook.heads) : 1
            // One row for each head; the vector of all heads is read at the first.
            var token: Int64 = -1
            try database.rows(rows(name), [Int64(layer), hook.id]) { row in
                let head = Int(row.integer(1)) / sharing
                if row.integer(0) != token {
                    token = row.integer(0)
                    guard reader.read(row.bytes(2), hook.type, count: hook.heads * width) else {
                        token = -1
                        return tally.fail("\(hook.name): a vector does not have \(hook.heads * width) values")
                    }
                }
                guard reader.isFinite, head < hook.heads, let mean = row.real(3), let variance = row.real(4) else {
                    return tally.leaveOut()
                }
                let found = VectorMoments(reader.values[head * width..<(head + 1) * width])
                let square = max(found.square / Double(width), .leastNormalMagnitude)
                let place = Tally.Place(token: token, what: "\(hook.name), head \(row.integer(1))")
                tally.add(abs(found.mean - mean) / square.squareRoot(), bar: bar, at: place)
                tally.add(abs(found.variance - variance) / square, bar: bar, at: place)
            }
        }
        return [tally]
    }

    private static func rows(_ hook: String) -> String {
        """
        SELECT v.token_key, \(FactTable.headMoments.value(.head, "m")), v.vector, m.\(hook)_mean, m.\(hook)_variance
        FROM vectors v
        JOIN head_moments m ON \(FactTable.headMoments.rows("m", ofToken: "v.token_key", "?1"))
        WHERE v.hook_id = ?2
        ORDER BY v.token_key, m.moments_key
        """
    }
}
