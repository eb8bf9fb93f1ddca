import Processor
import Testing
import Transformer

/// What must hold for any input: the numbers of a sequence are its own.
@Suite(.serialized) struct ForwardPropertyTests {
    let model = Result { try Model.embedded() }

    /// Deterministic sequences of many lengths, with one longer than a block of queries.
    static let sequences: [[Int32]] = [1, 2, 7, 16, 33, 130, 300].map { length in
        (0..<length).map { Int32(($0 * 7919 + length * 104_729) % 50257) }
    }

    @Test func aSequenceHasTheSameBitsAloneAndAmongOthers() throws {
        let model = try model.get()
        let together = try observe(model, Batch(Self.sequences)) { $0 != .logits }
        let batch = Batch(Self.sequences)
        for (index, sequence) in Self.sequences.enumerated() {
            let alone = try observe(model, Batch([sequence])) { $0 != .logits }
            for point in model.hookPoints where point != .logits {
                let here = try #require(alone.values[point])
                let there = try #require(together.values[point])[batch.rows(ofSequence: index)]
                let same = here.elementsEqual(there)
                #expect(same, "\(point), \(sequence.count) tokens")
            }
        }
    }

    @Test func logitsComeInPartsAndHaveTheSameBitsAlone() throws {
        let model = try model.get()
        let long = try #require(Self.sequences.last)
        let all = try observe(model, Batch([long])) { $0 == .logits }
        let first = try observe(model, Batch([Array(long.prefix(16))])) { $0 == .logits }
        let rows = try #require(all.values[.logits])
        #expect(rows.count == long.count)
        let same = rows.prefix(16).elementsEqual(try #require(first.values[.logits]))
        #expect(same)
    }

    @Test func whatIsObservedDoesNotChangeTheNumbers() throws {
        let model = try model.get()
        let batch = Batch([Self.sequences[4], Self.sequences[5]])
        let everything = try observe(model, batch)
        let last = HookPoint.norm(.final, .output)
        let alone = try observe(model, batch) { $0 == last }
        #expect(alone.order == [last])
        let same = alone.values[last] == everything.values[last]
        #expect(same)
    }

    /// What a checkpoint has in another type is converted for the first product alone, and kept from the second on.
    @Test(arguments: ["f16-untied", "bare-bf16", "bert", "llama"])
    func theFirstPassHasTheBitsOfThoseAfterIt(name: String) throws {
        let model = try Fixture(name: name).model()
        let batch = Batch([[5, 7, 11, 3], [2]])
        let first = try observe(model, batch)
        for _ in 0..<2 {
            let again = try observe(model, batch)
            for point in model.hookPoints { #expect(again.values[point] == first.values[point], "\(point)") }
        }
    }

    /// The other architectures, on what is their own: no mask, a norm after each sum, turned queries and keys.
    @Test(arguments: ["bert", "llama"])
    func aSequenceHasTheSameBitsInEveryArchitecture(name: String) throws {
        let model = try Fixture(name: name).model()
        let sequences: [[Int32]] = [[5], [7, 8, 9], (0..<17).map { ($0 * 13 + 5) % 61 }, (0..<20).map { ($0 * 7 + 3) % 61 }]
        let batch = Batch(sequences)
        let together = try observe(model, batch)
        #expect(together.order == model.hookPoints)
        for (index, sequence) in sequences.enumerated() {
            let alone = try observe(model, Batch([sequence]))
            for point in model.hookPoints {
                let same = try #require(alone.values[point]).elementsEqual(
                    try #require(together.values[point])[batch.rows(ofSequence: index)])
                #expect(same, "\(point), \(sequence.count) tokens")
            }
            let last = try #require(model.sites.last)
            let output = HookPoint.norm(last, .output)
            let only = try observe(model, Batch([sequence])) { $0 == output }
            let unchanged = only.values[output] == alone.values[output]
            #expect(unchanged)
        }
    }

    @Test func aBERTTokenSeesThoseAfterIt() throws {
        let model = try Fixture(name: "bert").model()
        let point = HookPoint.norm(.ln2(1), .output)
        let before = try #require(try observe(model, Batch([[1, 2, 3]])) { $0 == point }.values[point])
        let after = try #require(try observe(model, Batch([[1, 2, 4]])) { $0 == point }.values[point])
        let changes = before[0] != after[0]
        #expect(changes)
    }

    @Test func theNumberOfThreadsDoesNotChangeTheNumbers() throws {
        let model = try model.get()
        let batch = Batch(Self.sequences)
        let before = Compute.threads
        defer { Compute.threads = before }
        Compute.threads = 1
        let one = try observe(model, batch) { $0 == .norm(.final, .output) }
        Compute.threads = 2
        let two = try observe(model, batch) { $0 == .norm(.final, .output) }
        let same = one.values == two.values
        #expect(same)
    }

    @Test func aTokenDoesNotSeeThoseAfterIt() throws {
        let model = try model.get()
        let sequence = Self.sequences[4]
        var changed = sequence
        changed[changed.count - 1] = 42
        let point = HookPoint.norm(.final, .input)
        let before = try #require(try observe(model, Batch([sequence])) { $0 == point }.values[point])
        let after = try #require(try observe(model, Batch([changed])) { $0 == point }.values[point])
        let same = before.dropLast() == after.dropLast()
        let changes = before.last != after.last
        #expect(same && changes)
    }

    @Test func hookPointsComeInTheOrderOfTheListAndAllOfThem() throws {
        let model = try model.get()
        let found = try observe(model, Batch([[1, 2, 3]]))
        #expect(found.order == model.hookPoints)
        #expect(Set(model.hookPoints.map(\.description)).count == model.hookPoints.count)
    }

    @Test func anObserversErrorReachesTheCaller() throws {
        struct Stop: Error {}
        final class Stopping: Observer {
            func wants(_ point: HookPoint) -> Bool { point == .mlpOut(2) }
            func observe(_ point: HookPoint, _ activation: borrowing Activation) throws { throw Stop() }
        }
        let model = try model.get()
        #expect(throws: Stop.self) { try model.forward(Batch([[1]]), observer: Stopping()) }
    }

    @Test(
        arguments: [
            ([], ForwardError.emptyBatch),
            ([[1], []], .emptySequence(index: 1)),
            ([[Int32](repeating: 1, count: 1025)], .tooLong(sequence: 0, tokens: 1025, context: 1024)),
            ([[1, 50257]], .unknownToken(id: 50257, sequence: 0, position: 1, vocabulary: 50257)),
            ([[1], [-1]], .unknownToken(id: -1, sequence: 1, position: 0, vocabulary: 50257)),
        ] as [([[Int32]], ForwardError)])
    func badBatchesAreRefused(sequences: [[Int32]], error: ForwardError) throws {
        let model = try model.get()
        #expect(throws: error) { try model.forward(Batch(sequences)) }
    }
}
