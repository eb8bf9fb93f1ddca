import HookPoints
import Reading

/// Attention patterns, where they are kept.
enum PatternChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var tally = Tally(
            "attention patterns",
            "each head's weights over the keys are from 0 to 1 and sum to 1, within 4 u: each is rounded twice (float16: 2^-11)")
        for hook in try KeptHook.all(in: database) where !hook.isEdited {
            guard case .attention(_, .pattern) = hook.point else { continue }
            let bar = 4 * StatisticChecks.u + hook.type.rounding
            var reader = VectorReader()
            try database.rows(rows, [hook.id]) { row in
                let keys = hook.keys(position: Int(row.integer(1)), length: Int(row.integer(3))).count
                guard keys > 0, keys <= hook.context, reader.read(row.bytes(2), hook.type, count: hook.heads * keys) else {
                    return tally.fail("\(hook.name): a pattern does not have a value for each key that a head sees")
                }
                guard reader.isFinite else { return tally.leaveOut() }
                for head in 0..<hook.heads {
                    let weights = reader.values[head * keys..<(head + 1) * keys]
                    let outside = weights.reduce(0) { max($0, -$1, $1 - 1) }
                    let place = Tally.Place(token: row.integer(0), what: "\(hook.name), head \(head)")
                    tally.add(max(abs(weights.reduce(0, +) - 1), outside), bar: bar, at: place)
                }
            }
        }
        return [tally]
    }

    private static let rows = """
        SELECT v.token_key, t.position, v.vector, q.token_count
        FROM vectors v
        JOIN tokens t ON t.token_key = v.token_key
        JOIN sequences q ON q.sequence_id = t.sequence_id
        WHERE v.hook_id = ?
        ORDER BY v.token_key
        """
}
