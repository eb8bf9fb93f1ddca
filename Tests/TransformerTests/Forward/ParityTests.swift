import Foundation
import Testing
import Transformer

/// Against Hugging Face transformers in float64, every hook point by name.
@Suite struct ParityTests {
    /// Of the largest value of its row.
    static let bar: Float = 2e-6

    @Test(arguments: Fixture.checkpoints)
    func everyHookPointAgreesWithHuggingFace(fixture: Fixture) throws {
        let model = try fixture.model()
        let reference = try fixture.reference()
        let batch = Batch(reference.sequences)
        #expect(batch.sequenceCount >= 2)
        let found = try observe(model, batch)
        #expect(found.order == model.hookPoints)
        #expect(Set(model.hookPoints.map(\.description)) == reference.names)
        var worst: (Float, HookPoint?) = (0, nil)
        for point in model.hookPoints {
            let difference = try compare(found, point, reference, batch)
            if difference > worst.0 { worst = (difference, point) }
            #expect(difference <= Self.bar, "\(point)")
        }
        print("\(fixture.name): \(worst.0) at \(worst.1.map(\.description) ?? "none") is the largest difference")
    }

    @Test func theEmbeddedModelAgreesWithHuggingFace() throws {
        let model = try Model.embedded()
        let reference = try Fixture.micro.reference()
        let text = try #require(reference.container.metadata["text"])
        let tokens = try #require(model.tokenizer).encode(text)
        #expect([tokens] == reference.sequences)
        let batch = Batch([tokens])
        let found = try observe(model, batch)
        for point in model.hookPoints where point != .logits {
            let difference = try compare(found, point, reference, batch)
            #expect(difference <= Self.bar * (try amplification(of: point, found)), "\(point)")
        }
        // The fixture keeps one logit of 32: all of them take a megabyte.
        let rows = try #require(found.values[.logits])
        let sparse = rows.map { row in stride(from: 0, to: row.count, by: 32).map { row[$0] } }
        let expected = try #require(reference.values("logits_every_32", sequence: 0))
        #expect(sparse.reduce(0) { $0 + $1.count } == expected.count)
        var logits = Difference()
        logits.add(sparse, expected)
        #expect(logits.ratio <= Self.bar)
    }

    /// A softmax turns a difference of scores into as large a part of a weight: what agrees to 2e-6 of the largest score can agree
    /// to no more than so many times that as weights. Scores of trained models, unlike the small fixtures', are well above 1.
    private func amplification(of point: HookPoint, _ found: Collector) throws -> Float {
        guard case .attention(let layer, .pattern) = point else { return 1 }
        let scores = try #require(found.values[.attention(layer, .scores)])
        return scores.joined().reduce(1) { max($0, abs($1)) }
    }

    private func compare(
        _ found: Collector, _ point: HookPoint, _ reference: Fixture.Reference, _ batch: Batch
    ) throws -> Float {
        let rows = try #require(found.values[point], "\(point) was not shown")
        #expect(rows.count == batch.tokenCount, "\(point)")
        var difference = Difference()
        for sequence in 0..<batch.sequenceCount {
            let values = rows[batch.rows(ofSequence: sequence)]
            let expected = try #require(reference.values(point.description, sequence: sequence), "\(point) is not in the fixture")
            try #require(values.reduce(0) { $0 + $1.count } == expected.count, "\(point) of sequence \(sequence)")
            difference.add(values, expected)
        }
        return difference.ratio
    }
}
