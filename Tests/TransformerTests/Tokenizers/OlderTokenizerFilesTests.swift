import Tokenizers
import Checkpoints
import Foundation
import Testing

import Transformer

/// Directories without `tokenizer.json` against the ids of transformers (`Tools/make_older_tokenizer_fixtures.py`).
@Suite struct OlderTokenizerFilesTests {
    private static let folder = TokenizerFixtures.root.appendingPathComponent("Tests/Fixtures/older-tokenizers").path

    @Test(arguments: ["gpt-neox", "gpt2", "gpt2-bos", "qwen2", "roberta"])
    func idsAreThoseOfTransformers(_ name: String) throws {
        let directory = "\(Self.folder)/\(name)"
        let tokenizer = try loadTokenizer(directory: directory)
        let data = try Data(contentsOf: URL(fileURLWithPath: directory + "/cases.json"))
        let file = try JSONDecoder().decode(PipelineTests.Cases.self, from: data)
        #expect(file.cases.count > 40 && tokenizer.framed([]) == file.frame)
        for found in file.cases {
            #expect(tokenizer.encode(found.text) == found.ids, "\(found.text.debugDescription)")
            #expect(
                tokenizer.encode(found.text, special: true) == found.special ?? found.ids, "special: \(found.text.debugDescription)"
            )
        }
    }

    private func directory(_ files: [String: String], from name: String = "gpt2", _ body: (String) throws -> Void) throws {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appendingPathComponent("older-\(UUID().uuidString)").path
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? manager.removeItem(atPath: folder) }
        for file in ["vocab.json", "merges.txt"] where !name.isEmpty {
            try manager.copyItem(atPath: "\(Self.folder)/\(name)/\(file)", toPath: "\(folder)/\(file)")
        }
        for (file, text) in files { try text.write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8) }
        try body(folder)
    }

    private func expect(_ problem: TokenizerLoadError.Problem, in folder: String, _ words: String...) {
        do throws(TokenizerLoadError) {
            _ = try loadTokenizer(directory: folder)
            Issue.record("loaded")
        } catch {
            #expect(error.problem == problem)
            for word in words { #expect(error.description.contains(word), "\(error.description)") }
        }
    }

    @Test func nothingSaysWhichRule() throws {
        try directory([:]) { folder in
            expect(
                .unsupported(member: "tokenizer_class", found: "(none)"), in: folder, "GPT2Tokenizer", "Qwen2Tokenizer",
                "save_pretrained('\(folder)')")
        }
        try directory(["config.json": #"{"model_type": "llama"}"#]) { folder in
            expect(.unsupported(member: "tokenizer_class", found: "(none)"), in: folder)
        }
        // The class is said twice: that of the tokenizer's own configuration counts.
        let both = ["config.json": #"{"model_type": "gpt2"}"#, "tokenizer_config.json": #"{"tokenizer_class": "BartTokenizer"}"#]
        try directory(both) { folder in
            expect(
                .unsupported(member: "tokenizer_class", found: "\"BartTokenizer\""), in: folder, "tokenizer_config.json",
                "BartTokenizer")
        }
    }

    @Test func faultsNameTheirFile() throws {
        let gpt2 = #"{"tokenizer_class": "GPT2Tokenizer"}"#
        try directory(["tokenizer_config.json": gpt2, "added_tokens.json": "[]"]) { folder in
            expect(.notJSON(JSONError(offset: 0, reason: .expected("'{'"))), in: folder, "added_tokens.json")
        }
        try directory(["tokenizer_config.json": gpt2, "merges.txt": "no merge here\n"]) { folder in
            expect(.unknownToken(merge: 1, token: "merge here"), in: folder, "merges.txt")
        }
        try directory(["tokenizer_config.json": #"{"tokenizer_class": "GPT2Tokenizer", "add_bos_token": 1}"#]) { folder in
            expect(.missingMember("add_bos_token"), in: folder)
        }
    }

    /// Files that are not read name the command that converts them.
    @Test func conversions() throws {
        try directory(["tokenizer.model": "x"], from: "") { folder in
            expect(
                .needsConversion(name: "tokenizer.model"), in: folder, "tokenizer.model",
                #"python -c "from transformers import AutoTokenizer as T; T.from_pretrained('\#(folder)').save_pretrained('\#(folder)')""#
            )
        }
        try directory(["qwen.tiktoken": "x"], from: "") { folder in
            expect(
                .needsConversion(name: "qwen.tiktoken"), in: folder, "TikTokenConverter", "\(folder)/qwen.tiktoken",
                "\(folder)/tokenizer.json")
        }
    }
}
