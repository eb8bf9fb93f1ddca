import Foundation
import Processor
import Recording
import TestSupport
import Testing
import Transformer

/// The numbers of a sequence do not depend on what is computed beside it: the same rows, to the bit.
@Suite(.serialized) struct BatchingTests {
    static let queries = [
        "SELECT sequence_id, position, token_id FROM tokens ORDER BY token_key",
        "SELECT * FROM site_moments ORDER BY moments_key",
        "SELECT * FROM head_moments ORDER BY moments_key",
        "SELECT h.name, v.token_key, v.vector FROM vectors v JOIN hooks h USING (hook_id) ORDER BY v.token_key, h.name",
        "SELECT * FROM predictions ORDER BY token_key",
    ]

    private static let texts = [
        "They said hatred was ok.", "war violence hate fear", "ok", "I feel ok today, and nobody knows why that is so.",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z",
    ]

    private func rows(_ model: Model, batchTokens: Int) throws -> [[String]] {
        let source: TextInput.Source = try model.tokenizer == nil ? .tokenIDs(Fixture("odd").source) : .texts(Self.texts)
        let recorded = try Recorded(source, model: model, capture: "all") { $0.batchTokens = batchTokens }
        return try Self.queries.map { try dump(recorded.path, $0) }
    }

    @Test(arguments: ["odd", "micro"])
    func theBatchSizeChangesNoRow(_ name: String) throws {
        let model = try name == "odd" ? Models.odd() : Models.micro()
        let alone = try rows(model, batchTokens: 1)
        #expect(alone.allSatisfy { !$0.isEmpty })
        for size in [16, 64, 4096] {
            for (query, (a, b)) in zip(Self.queries, zip(alone, try rows(model, batchTokens: size))) {
                #expect(a.count == b.count)
                let different = zip(a, b).count { $0 != $1 }
                #expect(different == 0, "batches of \(size): \(different) of \(a.count) rows of \(query)")
            }
        }
    }

    @Test func theNumberOfThreadsChangesNoRow() throws {
        let before = Compute.threads
        defer { Compute.threads = before }
        Compute.threads = 1
        let one = try rows(Models.micro(), batchTokens: 4096)
        Compute.threads = 2
        let two = try rows(Models.micro(), batchTokens: 4096)
        for (query, (a, b)) in zip(Self.queries, zip(one, two)) {
            #expect(zip(a, b).count { $0 != $1 } == 0, "\(query)")
        }
    }

    @Test func aTextHasTheSameNumbersWhateverStandsBesideIt() throws {
        let model = try Models.micro()
        let alone = try Recorded(.texts([Self.texts[1]]), model: model, capture: "all")
        let beside = try Recorded(.texts(Self.texts), model: model, capture: "all")
        let sql = """
            SELECT position, depth, mean, variance, minimum, maximum, skewness, kurtosis, out_mean, out_variance
            FROM token_statistics WHERE sequence_id = %d ORDER BY position, depth
            """
        #expect(try dump(alone.path, String(format: sql, 1)) == dump(beside.path, String(format: sql, 2)))
    }
}
