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

/// Logits that were divided among their parts, and what they were divided into.
enum AttributionChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var sums = Tally(
            "attribution", "what the parts add to a logit adds up to it, within 1e-5 of the largest of them")
        var targets = Tally(
            "attributed logits",
            "the answer is the next token, or one for the run; its logit, soft-capped where the model does so, is what the model "
                + "predicts, within 1e-5 of the largest part")
        try database.rows(rows) { row in
            let place = Tally.Place(token: row.integer(0), what: "logit")
            if row.isNull(1) {
                if row.integer(9) == 0 { targets.fail("token \(row.integer(0)) has no answer, and a token follows it") }
                return
            }
            guard let sum = row.real(2), let largest = row.real(3), let logit = row.real(4), let predicted = row.real(6) else {
                sums.leaveOut()
                return targets.leaveOut()
            }
            // The largest of the terms, and what rounds with them.
            let bar = 1e-5 * max(largest, abs(logit), abs(row.real(5) ?? 0))
            sums.add(abs(sum - (logit - (row.real(5) ?? 0))), bar: bar, at: place)
            func capped(_ logit: Double) -> Double { row.real(8).map { $0 * tanh(logit / $0) } ?? logit }
            var deviation = abs(capped(logit) - predicted)
            if let against = row.real(5), let predicted = row.real(7) {
                deviation = max(deviation, abs(capped(against) - predicted))
            }
            targets.add(deviation, bar: bar, at: place)
        }
        if try database.number(mixed) > 0 { targets.fail("a run's answers are neither the next tokens nor one token") }
        return [sums, targets]
    }

    private static let values = FactTable.attributionValues

    private static let rows = """
        SELECT a.token_key, a.answer_id,
               (SELECT sum(v.contribution) FROM attribution_values v WHERE \(values.rows("v", ofToken: "a.token_key"))),
               (SELECT max(abs(v.contribution)) FROM attribution_values v WHERE \(values.rows("v", ofToken: "a.token_key"))),
               a.logit, a.against_logit, a.predicted, a.against_predicted, d.logit_soft_cap, t.position = q.token_count - 1
        FROM attribution_targets a
        JOIN tokens t ON t.token_key = a.token_key
        JOIN sequences q ON q.sequence_id = t.sequence_id
        JOIN runs r ON r.run_id = q.run_id
        JOIN models d ON d.model_id = r.model_id
        ORDER BY a.token_key
        """

    private static let mixed = """
        SELECT count(*) FROM (
            SELECT q.run_id
            FROM attribution_targets a
            JOIN tokens t ON t.token_key = a.token_key
            JOIN sequences q ON q.sequence_id = t.sequence_id
            LEFT JOIN tokens n ON n.token_key = t.token_key + 1 AND n.sequence_id = t.sequence_id
            GROUP BY q.run_id
            HAVING total(a.answer_id IS NOT n.token_id) > 0
               AND (count(DISTINCT a.answer_id) > 1 OR count(a.answer_id) < count(*) OR count(DISTINCT a.against_id) > 1)
        )
        """
}
