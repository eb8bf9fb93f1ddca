import Foundation
import Testing
import Transformer

/// A checkpoint with what Hugging Face transformers computes from it in float64, made by Tools/make_fixtures.py.
struct Fixture: CustomTestStringConvertible {
    let name: String

    static let checkpoints = ["odd", "bare-bf16", "f16-untied", "bert", "llama", "llama-biases"].map(Fixture.init) + families
    /// One or more of each family, by Tools/make_family_fixtures.py.
    static let families = [
        "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "gpt_neox", "gpt_neox-sequential", "gptj", "gpt_neo", "phi", "phi3",
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
                result.append(bytes.withUnsafeBytes { raw in
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

/// Largest difference, and the largest reference value beside which it is judged: of all that was added, and of one addition.
struct Difference {
    var largest: Float = 0
    var scale: Float = 0
    /// The largest difference of one addition, as a part of the largest reference value in it.
    var worst: Float = 0

    var ratio: Float { scale > 0 ? largest / scale : largest }

    /// A row, to be judged by its own largest value.
    mutating func add(row values: ArraySlice<Float>, _ reference: ArraySlice<Float>) {
        var row = Difference()
        row.add(Array(values), Array(reference))
        worst = max(worst, row.ratio)
    }

    mutating func add(_ values: [Float], _ reference: [Float]) {
        for (value, expected) in zip(values, reference) {
            // A comparison that NaN would pass is none.
            largest = value.isFinite ? max(largest, abs(value - expected)) : .infinity
            scale = max(scale, abs(expected))
        }
    }
}
