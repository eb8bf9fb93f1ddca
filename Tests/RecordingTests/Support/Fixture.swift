import Checkpoints
import TestSupport
import Transformer

/// What Hugging Face computed in float64 for a fixture's checkpoint.
struct Fixture {
    let sequences: [[Int32]]
    private let file: Safetensors

    init(_ name: String) throws {
        file = try Safetensors(MappedFile(path: Paths.fixture("\(name)/activations.safetensors")))
        var sequences: [[Int32]] = []
        while let bytes = file.bytes(of: "\(sequences.count)/token_ids") {
            sequences.append(
                bytes.withUnsafeBytes { raw in
                    stride(from: 0, to: raw.count, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: Int32.self) }
                })
        }
        self.sequences = sequences
    }

    /// The values at a hook point, a token after the other.
    func values(_ hook: String, sequence: Int) -> [Float]? { file.view("\(sequence)/\(hook)")?.floats() }

    /// The sequences as `--token-ids` takes them.
    var source: [String] { sequences.map { $0.map(String.init).joined(separator: " ") } }
}
