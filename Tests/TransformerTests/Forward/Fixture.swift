import Checkpoints
import Foundation
import Testing
import Transformer

/// A checkpoint with what Hugging Face transformers computes from it in float64, made by Tools/make_fixtures.py.
struct Fixture: CustomTestStringConvertible {
    let name: String

    static let checkpoints = ["odd", "bare-bf16", "f16-untied", "bert", "llama", "llama-biases"].map(Fixture.init) + families
    /// One or more of each family, by Tools/make_family_fixtures.py.
    static let families = [
        "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "gpt_neox", "gpt_neox-sequential", "gptj", "gpt_neo", "phi",
        "phi3",
        "olmo", "olmo2", "olmo3", "opt", "opt-post", "bloom", "falcon", "falcon-new", "falcon-sequential", "stablelm",
        "stablelm-parallel", "cohere", "granite", "smollm3", "roberta", "xlm-roberta", "distilbert", "modernbert",
    ].map { Fixture(name: "families/" + $0) }
    static let micro = Fixture(name: "micro")

    var testDescription: String { name }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    var directory: String { Self.root.appendingPathComponent("Tests/Fixtures/\(name)").path }

    func model() throws -> Model {
        try name == "micro" ? Model.embedded() : Model(directory: directory)
    }

    func reference() throws -> Reference {
        let file = directory + "/activations.safetensors"
        return Reference(container: try Safetensors(MappedFile(path: file)))
    }

    /// Every hook point of every sequence, by Hugging Face.
    struct Reference {
        let container: Safetensors

        /// The hook points that it holds.
        var names: Set<String> {
            Set(container.names.compactMap { $0.split(separator: "/").last.map(String.init) }).subtracting(["token_ids"])
        }

        /// Token ids of the sequences, in order.
        var sequences: [[Int32]] {
            var result: [[Int32]] = []
            while let bytes = container.bytes(of: "\(result.count)/token_ids") {
                result.append(
                    bytes.withUnsafeBytes { raw in
                        stride(from: 0, to: raw.count, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: Int32.self) }
                    })
            }
            return result
        }

        /// The values at a hook point, all rows one after another; nil when the fixture does not hold it.
        func values(_ name: String, sequence: Int) -> [Float]? {
            container.view("\(sequence)/\(name)")?.floats()
        }
    }
}

/// The row that differs most from its reference, as a part of the row's own largest value: beside the largest of all rows, a
/// token whose values are small could be wrong altogether.
struct Difference {
    /// The largest difference in that row.
    private(set) var largest: Float = 0
    private(set) var ratio: Float = 0

    mutating func add(row values: some Collection<Float>, _ reference: some Collection<Float>) {
        var largest: Float = 0
        var scale: Float = 0
        for (value, expected) in zip(values, reference) {
            // A comparison that NaN would pass is none.
            largest = value.isFinite ? max(largest, abs(value - expected)) : .infinity
            scale = max(scale, abs(expected))
        }
        let ratio = scale > 0 ? largest / scale : largest
        if ratio > self.ratio { (self.largest, self.ratio) = (largest, ratio) }
    }

    /// Rows against a reference that has the same rows, one after another.
    mutating func add(_ rows: some Collection<[Float]>, _ reference: [Float]) {
        var first = 0
        for row in rows {
            add(row: row, reference[first..<min(first + row.count, reference.count)])
            first += row.count
        }
    }
}
