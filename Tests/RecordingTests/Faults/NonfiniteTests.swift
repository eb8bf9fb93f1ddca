import Foundation
import Recording
import TestSupport
import Testing
import Transformer

/// Weights that are NaN or infinite: recorded, counted, and named.
@Suite struct NonfiniteTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func model(_ tensor: String, at index: Int, _ value: Float) throws -> Model {
        try directory.patchedOdd(tensor, at: index, value)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func aBadEmbeddingIsCountedFromTheFirstSiteOn(_ value: Float) throws {
        // Token 7's third feature.
        let recorded = try Recorded(
            .tokenIDs(["1 2", "3 7 4"]), model: model("transformer.wte.weight", at: 7 * 40 + 2, value), capture: "stats,loss")
        #expect(recorded.summary.firstNonfinite == "blocks.0.ln1, sequence 2, position 1")
        #expect(recorded.summary.isComplete)
        let counts = try recorded.rows(
            "SELECT sequence_id, position, nonfinite FROM token_statistics WHERE depth = 0 ORDER BY sequence_id, position")
        #expect(counts.map { $0["nonfinite"] as Int } == [0, 0, 0, 1, 0])
        let bad = try #require(try recorded.rows("SELECT * FROM token_statistics WHERE depth = 0 AND nonfinite > 0").first)
        #expect(bad["variance"] as Double? == nil)
        #expect(bad["scale"] as Double? == nil)
        #expect(bad["skewness"] as Double? == nil && bad["kurtosis"] as Double? == nil)
        // The sequence without the token is untouched.
        #expect(try recorded.value("SELECT count(*) FROM token_statistics WHERE sequence_id = 1 AND variance IS NULL") == 0)
        // The token itself and the one after it, which attends to it, stay so to the end.
        let last: [Int] = try recorded.values("SELECT position FROM token_statistics WHERE nonfinite > 0 AND depth = 4 ORDER BY 1")
        #expect(last.contains(1) && last.contains(2))
    }

    @Test func aBadWeightInABlockIsNamedWhereItShowsFirst() throws {
        let recorded = try Recorded(
            .tokenIDs(["1 2"]), model: model("transformer.h.0.mlp.c_proj.bias", at: 5, .nan), capture: "norm-stats")
        #expect(recorded.summary.firstNonfinite == "blocks.1.ln1, sequence 1, position 0")
    }

    @Test func theProgramWarns() throws {
        _ = try model("transformer.wte.weight", at: 7 * 40, .nan)
        let outcome = try actrec("record", "--token-ids", "3 7", "--model", directory.path, "-o", directory.place("run.db"))
        #expect(outcome.code == 0)
        #expect(
            outcome.stderr.contains(
                "warning: values that are NaN or infinite enter blocks.0.ln1, sequence 1, position 1 first; see the column nonfinite"
            ))
    }
}
