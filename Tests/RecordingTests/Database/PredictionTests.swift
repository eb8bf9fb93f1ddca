import Foundation
import Recording
import Testing
import Transformer

/// Log-probability, entropy and rank against the same recording's logits.
@Suite struct PredictionTests {
    @Test(arguments: ["odd", "micro"])
    func predictionsAreThoseOfTheLogits(_ name: String) throws {
        let source: TextInput.Source =
            try name == "odd" ? .tokenIDs(Fixture("odd").source) : .texts(["They said hatred was ok.", "I"])
        let model = try name == "odd" ? Models.odd() : Models.micro()
        let recorded = try Recorded(source, model: model, capture: "loss,logits")
        let rows = try recorded.rows("SELECT * FROM token_predictions ORDER BY sequence_id, position")
        let logits = try recorded.vectors("logits")
        try #require(rows.count == logits.count && !rows.isEmpty)
        for (row, logits) in zip(rows, logits) {
            let values = logits.map(Double.init)
            let largest = values.max() ?? 0
            let normalizer = largest + log(values.reduce(0) { $0 + exp($1 - largest) })
            let entropy = -values.reduce(0) { $0 + exp($1 - normalizer) * ($1 - normalizer) }
            #expect(deviation(row["entropy"], entropy, of: entropy) < 1e-12)
            guard let next = row["next_token_id"] as Int? else {
                #expect(row["log_probability"] as Double? == nil)
                #expect(row["rank"] as Int? == nil)
                #expect(row["next_token"] as String? == nil)
                continue
            }
            let logProbability = values[next] - normalizer
            #expect(deviation(row["log_probability"], logProbability, of: logProbability) < 1e-12)
            #expect(row["rank"] == 1 + values.count { $0 > values[next] })
        }
    }

    @Test func theLastTokenOfASequencePredictsNothingThatWasGiven() throws {
        let recorded = try Recorded(.tokenIDs(["1 2 3", "4", "5 6"]), model: Models.odd(), capture: "loss")
        let next: [Int?] = try recorded.rows("SELECT next_token_id FROM token_predictions ORDER BY sequence_id, position")
            .map { $0["next_token_id"] }
        #expect(next == [2, 3, nil, nil, 6, nil])
        #expect(try recorded.value("SELECT count(entropy) FROM predictions") == 6)
        #expect(try recorded.value("SELECT count(log_probability) FROM predictions") == 3)
    }
}
