import Foundation
import Recording
import Testing
import Transformer

/// The other axis: each feature across the tokens of a run.
@Suite struct FeatureStatisticsTests {
    private func record(_ capture: String, batchTokens: Int) throws -> Recorded {
        try Recorded(.tokenIDs(Fixture("odd").source), model: Models.odd(), capture: capture) { $0.batchTokens = batchTokens }
    }

    @Test(arguments: [1, 4096])
    func featureStatisticsAreThoseOfTheVectors(_ batchTokens: Int) throws {
        let recorded = try record("all", batchTokens: batchTokens)
        for (stage, hook) in ["in": "hook_in", "normalized": "hook_normalized", "out": "hook_out"] {
            for (depth, site) in try Models.odd().sites.enumerated() {
                let vectors = try recorded.vectors("\(site).\(hook)")
                let rows = try recorded.rows(
                    "SELECT * FROM feature_statistics WHERE depth = ? AND stage = ? ORDER BY feature", [depth, stage])
                try #require(rows.count == 40 && vectors.count == 20)
                for (feature, row) in rows.enumerated() {
                    let m = Moments(vectors.map { $0[feature] })
                    #expect(row["feature"] as Int == feature)
                    #expect(row["n"] as Int == 20)
                    #expect(row["site"] as String == site.description)
                    #expect(deviation(row["mean"], m.mean, of: m.rms) < 1e-12)
                    #expect(deviation(row["variance"], m.variance, of: m.variance) < 1e-12)
                }
            }
        }
    }

    @Test func featureStatisticsDoNotDependOnTheBatches() throws {
        let sql = "SELECT mean, variance FROM feature_statistics ORDER BY depth, stage, feature"
        let (small, large) = (try record("norm-stats", batchTokens: 1), try record("norm-stats", batchTokens: 4096))
        #expect(try small.rows(sql) == large.rows(sql), "to the bit: sums are of groups of one sequence's rows, in order")
    }

    @Test func runsAreCountedApart() throws {
        let model = try Models.odd()
        let first = try Recorded(.tokenIDs(["1 2 3"]), model: model, capture: "norm-stats")
        try Recording.record(TextInput(.tokenIDs(["1 2 3 4 5"]), model: model), model: model, to: first.path)
        #expect(
            try dump(first.path, "SELECT run_id, n, count(*) FROM feature_moments GROUP BY run_id, n") == ["1|3|200", "2|5|200"])
    }
}
