import Foundation
import Testing
@testable import Transformer

/// Pipelines of `tokenizer.json` against Hugging Face's `tokenizers` (`Tools/make_pipeline_fixtures.py`).
@Suite struct PipelineTests {
    static let folder = TokenizerFixtures.root.appendingPathComponent("Tests/Fixtures/pipelines").path
    static let names = [
        "bert", "bloom", "deepseek", "falcon", "gemma", "gpt-neox", "gpt2", "llama-2", "llama-2-metaspace", "llama-3", "modernbert", "o200k",
        "olmo", "parts", "phi-3", "qwen2", "roberta", "smollm", "xlm-r",
    ]

    private struct Cases: Decodable {
        struct Case: Decodable {
            let text: String
            let ids: [Int32]
            let special: [Int32]?
        }
        let frame: [Int32]
        let cases: [Case]
    }

    static func tokenizer(_ name: String) throws -> TokenizerPipeline {
        try TokenizerPipeline(tokenizerJSON: SharedBytes(MappedFile(path: "\(folder)/\(name).tokenizer.json")))
    }

    @Test(arguments: names) func idsAreThoseOfHuggingFace(_ name: String) throws {
        let tokenizer = try Self.tokenizer(name)
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name).cases.json"))
        let file = try JSONDecoder().decode(Cases.self, from: data)
        #expect(file.cases.count > 60)
        #expect(tokenizer.framed([]) == file.frame)
        for found in file.cases {
            #expect(tokenizer.encode(found.text) == found.ids, "\(name): \(found.text.debugDescription)")
            #expect(tokenizer.encode(found.text, special: true) == found.special ?? found.ids, "\(name), special: \(found.text.debugDescription)")
        }
    }
}
