import Tokenizers
import Checkpoints
import Foundation
import Testing

import Transformer

/// Tokenizers in GGUF files against the ids that Hugging Face's `tokenizers` gives for the same vocabulary
/// (`Tools/make_gguf_tokenizer_fixtures.py`).
@Suite struct GGUFTokenizerTests {
    private static let folder = TokenizerFixtures.root.appendingPathComponent("Tests/Fixtures/gguf-tokenizers").path
    static let names = ["gemma", "gpt2", "llama-2", "llama-3", "o200k", "phi-3", "qwen2", "smollm", "tekken"]
    /// What GGUF cannot say of an added token: that it is matched in normalized text, or as a word of its own.
    private static let unsaid = ["gpt2": ["<word>", "<WORD>", "x<a", "X<A"]]

    @Test(arguments: names) func idsAreThoseOfHuggingFace(_ name: String) throws {
        let tokenizer = try TokenizerPipeline(gguf: GGUF(MappedFile(path: "\(Self.folder)/\(name).gguf")))
        let file = try PipelineTests.cases(name)
        #expect(tokenizer.framed([]) == file.frame)
        let unsaid = Self.unsaid[name] ?? []
        let cases = file.cases.filter { found in !unsaid.contains { found.text.range(of: $0, options: .literal) != nil } }
        #expect(cases.count > 50)
        for found in cases {
            #expect(tokenizer.encode(found.text) == found.ids, "\(found.text.debugDescription)")
            #expect(
                tokenizer.encode(found.text, special: true) == found.special ?? found.ids, "special: \(found.text.debugDescription)"
            )
        }
    }

    private static func list(_ values: [String]) -> (UInt32, [UInt8]) {
        (9, little(8 as UInt32) + little(UInt64(values.count)) + values.flatMap(GGUFBuilder.string))
    }
    private static func numbers(_ values: [Int32]) -> (UInt32, [UInt8]) {
        (9, little(5 as UInt32) + little(UInt64(values.count)) + values.flatMap { little($0) })
    }
    private static func floats(_ values: [Float]) -> (UInt32, [UInt8]) {
        (9, little(6 as UInt32) + little(UInt64(values.count)) + values.flatMap { little($0.bitPattern) })
    }

    private func small(_ changes: [String: (UInt32, [UInt8])] = [:]) throws -> TokenizerPipeline {
        let tokens = ["<unk>", "<s>", "</s>", "a", "b", "ab", "\u{2581}", "\u{2581}ab", "s", "<", ">", "<s"]
        var members = [
            "model": (8, GGUFBuilder.string("llama")), "tokens": Self.list(tokens),
            "token_type": Self.numbers([2, 3, 3] + Array(repeating: 1, count: 9)),
            "scores": Self.floats([0, 0, 0, -9, -9, -1, -9, -2, -9, -9, -9, -3]),
            "bos_token_id": (4, little(1 as UInt32)), "eos_token_id": (4, little(2 as UInt32)),
        ]
        members.merge(changes) { $1 }
        return try TokenizerPipeline(
            gguf: GGUFBuilder(metadata: members.map { ("tokenizer.ggml." + $0.key, $0.value.0, $0.value.1) }).open())
    }

    @Test func beginAndEnd() throws {
        let (yes, no): ((UInt32, [UInt8]), (UInt32, [UInt8])) = ((7, [1]), (7, [0]))
        let plain = try small()
        #expect(plain.prefixTokens == [1] && plain.suffixTokens == [], "llama.cpp's defaults")
        let both = try small(["add_eos_token": yes])
        #expect(both.prefixTokens == [1] && both.suffixTokens == [2] && both.framed([5]) == [1, 5, 2])
        let neither = try small(["add_bos_token": no, "add_eos_token": no])
        #expect(neither.prefixTokens == [] && neither.suffixTokens == [])
        do {
            _ = try small(["add_eos_token": yes, "eos_token_id": (4, little(99 as UInt32))])
            Issue.record("loaded")
        } catch { #expect((error as? TokenizerLoadError)?.problem == .missingMember("tokenizer.ggml.eos_token_id")) }
    }

    @Test func scoresRankMergesAndTextIsNoSpecialToken() throws {
        let tokenizer = try small()
        #expect(tokenizer.encode("ab") == [7] && tokenizer.encode(" ab") == [6, 7], "a space before each text")
        #expect(tokenizer.encode("ab<s>ab", special: true) == [7, 1, 7])
        #expect(tokenizer.encode("<s>") == [6, 11, 10], "no merge makes a control token")
        #expect(tokenizer.encode("aéb") == [6, 3, 0, 4])
        #expect(try small(["add_space_prefix": (7, [0])]).encode("ab") == [5])
    }
}
