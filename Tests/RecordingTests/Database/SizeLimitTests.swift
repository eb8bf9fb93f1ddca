import Foundation
import Recording
import TestSupport
import Testing
import Transformer

/// What the computed keys have room for: 1,024 sites, 1,024 heads, 4,096 components.
@Suite struct SizeLimitTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func record(_ model: Model, _ capture: String) throws -> Recording.Summary {
        var options = Recording.Options()
        options.capture = capture
        return try Recording.record(
            TextInput(.tokenIDs(["1 2 3"]), model: model), model: model, to: directory.place("run.db"), options: options)
    }

    @Test func theDeepestModelThatHasKeysIsRecordedAndADeeperOneIsNot() throws {
        let deepest = try directory.patternedModel(layers: 511, heads: 1, width: 2)
        #expect(deepest.sites.count == 1_023)
        #expect(try record(deepest, "norm-stats,head-stats").isComplete)
        #expect(
            try dump(directory.place("run.db"), "SELECT count(DISTINCT site), max(depth) FROM token_statistics") == ["1023|1022"])
        #expect(try dump(directory.place("run.db"), "SELECT count(DISTINCT layer) FROM head_statistics") == ["511"])
        #expect(try actrec("verify", directory.place("run.db")).code == 0)
        let deeper = try directory.patternedModel(layers: 512, heads: 1, width: 2)
        #expect(deeper.sites.count == 1_025)
        #expect(throws: RecordingError.tooLarge(model: deeper.name)) { try record(deeper, "norm-stats") }
    }

    @Test func everyHeadHasItsOwnRowsAndMoreThanKeysAreRefused() throws {
        let many = try directory.patternedModel(layers: 1, heads: 600, width: 600)
        #expect(try record(many, "head-stats,patterns").isComplete)
        for view in ["head_statistics", "attention_statistics"] {
            #expect(
                try dump(directory.place("run.db"), "SELECT count(DISTINCT head), max(head), max(layer) FROM \(view)") == [
                    "600|599|0"
                ])
        }
        let model = try directory.patternedModel(layers: 1, heads: 1_025, width: 1_025)
        #expect(throws: RecordingError.tooLarge(model: model.name)) { try record(model, "norm-stats") }
    }

    @Test func asManySharesAreRecordedAsThereAreKeys() throws {
        // Two embeddings, and for each layer its heads, their bias and an MLP.
        let largest = try directory.patternedModel(layers: 89, heads: 44, width: 44)
        #expect(try record(largest, "shares").isComplete)
        #expect(
            try dump(
                directory.place("run.db"),
                "SELECT count(*), count(DISTINCT component) FROM component_shares WHERE site = 'ln_final' AND position = 1") == [
                    "4096|4096"
                ])
        let larger = try directory.patternedModel(layers: 195, heads: 19, width: 19)
        #expect(throws: RecordingError.tooManyParts(4_097, capture: .shares)) { try record(larger, "shares") }
    }
}
