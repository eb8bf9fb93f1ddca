import Foundation
import HookPoints
import Reading

/// What predictions must obey among themselves, and against the logits where those are kept.
enum PredictionChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var bounds = Tally(
            "prediction bounds",
            "log p <= -ln rank, entropy from that of p and 1 - p to ln vocabulary, 1 <= rank <= vocabulary, kl >= 0, within 1e-9; none of the next "
                + "token where none follows")
        try database.rows(rows) { row in
            let place = Tally.Place(token: row.integer(0), what: "prediction")
            if row.integer(6) != 0, !row.isNull(1) || !row.isNull(3) {
                return bounds.fail("a prediction of a token that does not follow, at token \(row.integer(0))")
            }
            guard let entropy = row.real(2), row.integer(6) != 0 || !row.isNull(1) else { return bounds.leaveOut() }
            let excess = Self.excess(
                logProbability: row.real(1), rank: row.real(3), entropy: entropy, vocabulary: Double(row.integer(5)))
            bounds.add(max(excess, 0 - (row.real(4) ?? 0)), bar: 1e-9, at: place)
        }
        var recomputed = Tally(
            "recomputed predictions",
            "log p, entropy and rank are those of the kept logits, within 1e-12 (float16: log p and entropy within 2^-5)")
        for hook in try KeptHook.all(in: database) where hook.point == .logits {
            var reader = VectorReader()
            try database.rows(logits, [hook.id]) { row in
                let place = Tally.Place(token: row.integer(0), what: "logits")
                guard reader.read(row.bytes(1), hook.type, count: Int(row.integer(5))) else {
                    return recomputed.fail("logits: a vector does not have \(row.integer(5)) values")
                }
                guard reader.isFinite, let entropy = row.real(3) else { return recomputed.leaveOut() }
                let top = reader.values.max() ?? 0
                var sum = 0.0, weighted = 0.0
                for logit in reader.values {
                    sum += exp(logit - top)
                    weighted += exp(logit - top) * (logit - top)
                }
                var worst = abs(entropy - (log(sum) - weighted / sum)) / max(1, entropy)
                if !row.isNull(6), let logP = row.real(2) {
                    let own = reader.values[Int(clamping: row.integer(6))]
                    worst = max(worst, abs(logP - (own - top - log(sum))) / max(1, -logP))
                    let rank = 1 + reader.values.count { $0 > own }
                    if hook.type == .float32, rank != Int(row.integer(4)) { worst = .greatestFiniteMagnitude }
                }
                recomputed.add(worst, bar: hook.type == .float32 ? 1e-12 : 0x1p-5, at: place)
            }
        }
        return [bounds, recomputed]
    }

    /// How far beyond its bounds a prediction is.
    /// - Parameters:
    ///   - logProbability: of the next token, as its rank is; nil where none follows.
    static func excess(logProbability: Double?, rank: Double?, entropy: Double, vocabulary: Double) -> Double {
        let excess = max(0, -entropy, entropy - log(vocabulary))
        guard let logProbability, let rank else { return excess }
        let p = exp(logProbability)
        let rest = p < 1 ? -(1 - p) * log1p(-p) : 0
        return max(
            excess, 1 - rank, rank - vocabulary, logProbability + log(max(1, rank)), -p * logProbability + rest - entropy)
    }

    private static let rows = """
        SELECT p.token_key, p.log_probability, p.entropy, p.rank, p.kl, d.vocabulary, t.position = q.token_count - 1
        FROM predictions p
        JOIN tokens t ON t.token_key = p.token_key
        JOIN sequences q ON q.sequence_id = t.sequence_id
        JOIN runs r ON r.run_id = q.run_id
        JOIN models d ON d.model_id = r.model_id
        ORDER BY p.token_key
        """

    private static let logits = """
        SELECT v.token_key, v.vector, p.log_probability, p.entropy, p.rank, d.vocabulary, n.token_id
        FROM vectors v
        JOIN hooks h ON h.hook_id = v.hook_id
        JOIN runs r ON r.run_id = h.run_id
        JOIN models d ON d.model_id = r.model_id
        JOIN predictions p ON p.token_key = v.token_key
        JOIN tokens t ON t.token_key = v.token_key
        LEFT JOIN tokens n ON n.token_key = t.token_key + 1 AND n.sequence_id = t.sequence_id AND n.token_id < d.vocabulary
        WHERE v.hook_id = ?1
        ORDER BY v.token_key
        """
}
