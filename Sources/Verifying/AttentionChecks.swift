import Foundation
import HookPoints
import Reading
import Schema

/// Where each head looks: within what weights can be, and as the kept patterns say.
enum AttentionChecks {
    private static let table = FactTable.attentionMoments

    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var bounds = Tally(
            "attention bounds",
            "to_first and to_self are from 0 to 1, the same at position 0, and 0 <= entropy <= ln keys, within 4 u")
        try database.rows(Self.rows) { row in
            guard let first = row.real(2), let own = row.real(3), let entropy = row.real(4) else { return bounds.leaveOut() }
            let keys = row.text(5) == "causal" ? row.integer(1) + 1 : row.integer(6)
            let excess = max(
                -first, first - 1, -own, own - 1, row.integer(1) == 0 ? abs(first - own) : 0, -entropy,
                entropy - log(Double(max(1, keys))), 0)
            let key = row.integer(0)
            bounds.add(
                excess, bar: 4 * StatisticChecks.u,
                at: Tally.Place(
                    token: table.token(of: key),
                    what: "head \(table.value(.head, of: key)) of layer \(table.value(.layer, of: key))"))
        }
        var recomputed = Tally(
            "recomputed attention", "to_first, to_self and entropy are those of the kept patterns, within 1e-12 (float16: 2^-9)")
        for hook in try KeptHook.all(in: database) {
            guard case .attention(let layer, .pattern) = hook.point else { continue }
            let bar = hook.type == .float32 ? 1e-12 : 0x1p-9
            var reader = VectorReader()
            var token: Int64 = -1
            try database.rows(patterns, [Int64(layer), hook.id]) { row in
                let position = Int(row.integer(1))
                let seen = hook.keys(position: position, length: Int(row.integer(2)))
                let keys = seen.count
                let head = Int(row.integer(4))
                if row.integer(0) != token {
                    token = row.integer(0)
                    guard keys > 0, keys <= hook.context, reader.read(row.bytes(3), hook.type, count: hook.heads * keys) else {
                        token = -1
                        return recomputed.fail("\(hook.name): a pattern does not have a value for each key that a head sees")
                    }
                }
                guard reader.isFinite, head < hook.heads, let first = row.real(5), let own = row.real(6), let entropy = row.real(7)
                else {
                    return recomputed.leaveOut()
                }
                let weights = reader.values[head * keys..<(head + 1) * keys]
                let expected = -weights.reduce(0) { $1 > 0 ? $0 + $1 * log($1) : $0 }
                let worst = max(
                    // Position 0 may be outside of the window.
                    abs(first - (seen.lowerBound == 0 ? weights[weights.startIndex] : 0)),
                    abs(own - weights[weights.startIndex + position - seen.lowerBound]),
                    abs(entropy - expected) / max(1, expected))
                recomputed.add(worst, bar: bar, at: Tally.Place(token: token, what: "\(hook.name), head \(head)"))
            }
        }
        return [bounds, recomputed]
    }

    private static let rows = """
        SELECT m.moments_key, t.position, m.to_first, m.to_self, m.entropy, d.mask, q.token_count
        FROM attention_moments m
        JOIN tokens t ON t.token_key = \(table.token("m"))
        JOIN sequences q ON q.sequence_id = t.sequence_id
        JOIN runs r ON r.run_id = q.run_id
        JOIN models d ON d.model_id = r.model_id
        -- An edited pattern need not be one.
        WHERE r.run_id NOT IN (SELECT run_id FROM edits WHERE hook LIKE '%.hook_pattern')
        """

    private static let patterns = """
        SELECT v.token_key, t.position, q.token_count, v.vector, \(table.value(.head, "m")), m.to_first, m.to_self, m.entropy
        FROM vectors v
        JOIN tokens t ON t.token_key = v.token_key
        JOIN sequences q ON q.sequence_id = t.sequence_id
        JOIN attention_moments m ON \(table.rows("m", ofToken: "v.token_key", "?1"))
        WHERE v.hook_id = ?2
        ORDER BY v.token_key, m.moments_key
        """
}

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
