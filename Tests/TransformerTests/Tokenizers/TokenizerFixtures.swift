import Checkpoints
import Foundation
import Testing
import Tokenizers
import Transformer

/// The repository's own tokenizer and the ids that Hugging Face gives, found from this file's place.
enum TokenizerFixtures {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let modelDirectory = root.appendingPathComponent("Sources/EmbeddedModel/gpt2-micro").path
    static let directory = root.appendingPathComponent("Tests/Fixtures/tokenizer")

    /// GPT-2's tokenizer, loaded once.
    static func gpt2() throws -> TokenizerPipeline { try loaded.get() }
    private static let loaded = Result { try pipeline(directory: modelDirectory) }

    static func pipeline(directory: String) throws -> TokenizerPipeline {
        try #require(loadTokenizer(directory: directory) as? TokenizerPipeline)
    }

    /// A case of golden.json.
    struct Golden: Decodable {
        let text: String
        let ids: [Int32]
        let pieces: [String]
    }

    static func golden() throws -> [Golden] {
        try JSONDecoder().decode(
            [Golden].self, from: Data(contentsOf: directory.appendingPathComponent("golden.json")))
    }

    /// The random strings with Hugging Face's ids.
    static func random() throws -> [(text: String, ids: [Int32])] {
        let lines = try Data(contentsOf: directory.appendingPathComponent("random.jsonl")).split(separator: 0x0A)
        let numbers = try Data(contentsOf: directory.appendingPathComponent("random.ids")).withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: 2).map {
                UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt16.self))
            }
        }
        var position = 0
        return try lines.map { line in
            let text = try JSONDecoder().decode(String.self, from: Data(line))
            let count = Int(numbers[position])
            defer { position += count + 1 }
            return (text, numbers[position + 1..<position + 1 + count].map(Int32.init))
        }
    }

    /// A text and its ids.
    struct Line: Decodable {
        let text: String
        let ids: [Int32]
    }

    /// The lines of a .jsonl file.
    static func lines(_ path: String) throws -> [Line] {
        try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: 0x0A).map {
            try JSONDecoder().decode(Line.self, from: Data($0))
        }
    }

    static func bytes(_ text: String) -> SharedBytes { SharedBytes(Array(text.utf8)) }
}
