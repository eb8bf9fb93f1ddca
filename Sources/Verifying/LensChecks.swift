import Foundation
import Reading
import Schema

/// What the stream's predictions on its way must obey.
enum LensChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var bounds = Tally(
            "lens bounds",
            "log p, entropy and rank as those of predictions; the likeliest tokens in order, none less likely than a token of a higher rank, within "
                + "1e-9")
        try database.rows(rows) { row in
            let place = Tally.Place(token: row.integer(0), what: "layer \(row.integer(1))")
            guard let entropy = row.real(3), row.isNull(2) == row.isNull(4) else { return bounds.leaveOut() }
            let logP = row.real(2), rank = row.real(4)
            var excess = PredictionChecks.excess(
                logProbability: logP, rank: rank, entropy: entropy, vocabulary: Double(row.integer(5)))
            let choices = (0..<FactTable.lensChoices).map { row.real(6 + $0) }.prefix { $0 != nil }.map { $0 ?? 0 }
            for (likelier, next) in zip(choices, choices.dropFirst()) { excess = max(excess, next - likelier) }
            excess = max(excess, choices.reduce(0) { $0 + exp($1) } - 1)
            if let logP, let rank {
                // Of tokens that are equally likely, each has the rank of the first.
                let own = choices.indices.contains(Int(rank) - 1) ? choices[Int(rank) - 1] : nil
                excess = max(excess, own.map { abs($0 - logP) } ?? choices.last.map { logP - $0 } ?? 0)
            }
            bounds.add(excess, bar: 1e-9, at: place)
        }
        var end = Tally("lens end", "after the last block the stream predicts what the model does")
        try database.rows(ends) { row in
            end.count(1, wrong: row.integer(1) == 1 ? 0 : 1, "token \(row.integer(0)): the lens and the prediction differ")
        }
        return [bounds, end]
    }

    private static let rows = """
        SELECT \(FactTable.lensValues.token("v")), \(FactTable.lensValues.value(.layer, "v")), v.log_probability, v.entropy, v.rank,
               d.vocabulary, \((1...FactTable.lensChoices).map { "v.log_probability_\($0)" }.joined(separator: ", "))
        FROM lens_values v
        JOIN tokens t ON t.token_key = \(FactTable.lensValues.token("v"))
        JOIN sequences q ON q.sequence_id = t.sequence_id
        JOIN runs r ON r.run_id = q.run_id
        JOIN models d ON d.model_id = r.model_id
        ORDER BY v.lens_key
        """

    private static let ends = """
        SELECT p.token_key, v.log_probability IS p.log_probability AND v.entropy IS p.entropy AND v.rank IS p.rank
        FROM predictions p
        JOIN tokens t ON t.token_key = p.token_key
        JOIN sequences q ON q.sequence_id = t.sequence_id
        JOIN runs r ON r.run_id = q.run_id
        JOIN models d ON d.model_id = r.model_id
        JOIN lens_values v ON \(FactTable.lensValues.rows("v", ofToken: "p.token_key", "d.layers"))
        """
}
