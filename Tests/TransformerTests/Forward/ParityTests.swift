import Foundation
import Testing
import Transformer

/// Against Hugging Face transformers in float64, every hook point by name.
@Suite struct ParityTests {
    /// Of the row's largest value.
    static let bar: Float = 5e-5

    @Test(arguments: Fixture.checkpoints)
    func everyHookPointAgreesWithHuggingFace(fixture: Fixture) throws {
        let model = try fixture.model()
        let reference = try fixture.reference()
        let batch = Batch(reference.sequences)
        #expect(batch.sequenceCount == 3)
        let found = try observe(model, batch)

        print("\(fixture.name): hook point, largest difference, of its row's largest value")
        for point in model.hookPoints {
            let difference = try compare(found, point, reference, batch)
            print("  \(point) \(difference.largest) \(difference.ratio)")
            #expect(difference.ratio <= Self.bar, "\(point)")
        }
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
            #expect(try compare(found, point, reference, batch).ratio <= Self.bar, "\(point)")
        }
        // The fixture keeps one logit of 32: all of them take a megabyte.
        var logits = Difference()
        let rows = try #require(found.values[.logits])
        let sparse = rows.map { row in stride(from: 0, to: row.count, by: 32).map { row[$0] } }
        let expected = try #require(reference.values("logits_every_32", sequence: 0))
        #expect(sparse.reduce(0) { $0 + $1.count } == expected.count)
        logits.add(sparse, expected)
        #expect(logits.ratio <= Self.bar)
    }

    private func compare(
        _ found: Collector, _ point: HookPoint, _ reference: Fixture.Reference, _ batch: Batch
    ) throws -> Difference {
        let rows = try #require(found.values[point], "\(point) was not shown")
        #expect(rows.count == batch.tokenCount, "\(point)")
        var difference = Difference()
        for sequence in 0..<batch.sequenceCount {
            let values = rows[batch.rows(ofSequence: sequence)]
            let expected = try #require(reference.values(point.description, sequence: sequence), "\(point) is not in the fixture")
            #expect(values.reduce(0) { $0 + $1.count } == expected.count, "\(point) of sequence \(sequence)")
            difference.add(values, expected)
        }
        return difference
    }
}
