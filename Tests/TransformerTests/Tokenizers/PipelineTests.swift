import Checkpoints
import Foundation
import Testing
import Tokenizers
import Transformer

/// Pipelines of `tokenizer.json` against Hugging Face's `tokenizers` (`Tools/make_pipeline_fixtures.py`).
@Suite struct PipelineTests {
    static let folder = TokenizerFixtures.root.appendingPathComponent("Tests/Fixtures/pipelines").path
    static let names = [
        "bert", "bloom", "deepseek", "falcon", "gemma", "gpt-neox", "gpt2", "llama-2", "llama-2-metaspace", "llama-3", "modernbert",
        "o200k",
        "olmo", "parts", "phi-3", "qwen2", "roberta", "smollm", "tekken", "xlm-r",
    ]

    struct Cases: Decodable {
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

    static func cases(_ name: String) throws -> Cases {
        try JSONDecoder().decode(Cases.self, from: Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).cases.json")))
    }

    @Test(arguments: names) func idsAreThoseOfHuggingFace(_ name: String) throws {
        let tokenizer = try Self.tokenizer(name)
        let file = try Self.cases(name)
        #expect(file.cases.count > 60)
        #expect(tokenizer.framed([]) == file.frame)
        for found in file.cases {
            #expect(tokenizer.encode(found.text) == found.ids, "\(name): \(found.text.debugDescription)")
            #expect(
                tokenizer.encode(found.text, special: true) == found.special ?? found.ids,
                "\(name), special: \(found.text.debugDescription)")
        }
    }

    /// Added tokens that are normalized are found in normalized text; those that are not win over them.
    @Test func addedTokens() throws {
        let bert = try Self.tokenizer("bert")
        let added = try #require(bert.id(ofBytes: Array("NewTok".utf8)))
        #expect(bert.encode("newtok") == [added] && bert.encode("NEWTOK") == [added])
        let inside = bert.encode("xNEWTOKy")
        #expect(inside.count == 3 && inside[1] == added)
        let gpt2 = try Self.tokenizer("gpt2")
        let special = try #require(gpt2.id(ofBytes: Array("<a>".utf8)))
        let x = try #require(gpt2.id(ofBytes: Array("x".utf8)))
        #expect(gpt2.encode("x<a>", special: true) == [x, special])
    }

    /// Ids and flags as Hugging Face's tokenizers (0.23.3) give them to texts that are listed twice, or under other ids than the next.
    @Test func oneTextUnderSeveralIDs() throws {
        let path = "\(Self.folder)/gpt2.tokenizer.json"
        let whole = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
        var document = try #require(whole as? [String: Any])
        func token(_ id: Int, _ content: String, normalized: Bool, special: Bool) -> [String: Any] {
            ["id": id, "content": content, "normalized": normalized, "special": special]
        }
        document["added_tokens"] = [
            token(900, "<dup>", normalized: false, special: false), token(901, "<dup>", normalized: false, special: false),
            token(902, "<mix>", normalized: false, special: true), token(903, "<mix>", normalized: true, special: false),
        ]
        let json = try JSONSerialization.data(withJSONObject: document)
        let tokenizer = try TokenizerPipeline(tokenizerJSON: SharedBytes(Array(json)))
        #expect(tokenizer.encode("a<dup>b<mix>c", special: true) == [66, 700, 67, 701, 68])
        #expect(tokenizer.encode("a<dup>b<mix>c") == [66, 700, 67, 29, 78, 74, 89, 31, 68])
        #expect(tokenizer.bytes(of: 700) == Array("<dup>".utf8) && tokenizer.bytes(of: 900) == nil)
    }

    /// Ids as Hugging Face's tokenizers (0.23.3) give them where white space that one token takes is a token itself.
    @Test(
        arguments: [
            ("a<r>  b", [66, 700, 701, 67]), ("a<r> b", [66, 700, 67]), ("a<r>    <l>c", [66, 700, 701, 701, 702, 68]),
            ("a  <l>b", [66, 701, 702, 67]), ("<r>  <r>", [700, 701, 700]),
        ] as [(String, [Int32])])
    func whiteSpaceThatATokenTakes(_ text: String, ids: [Int32]) throws {
        let path = "\(Self.folder)/gpt2.tokenizer.json"
        let whole = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
        var document = try #require(whole as? [String: Any])
        document["added_tokens"] = [
            ["id": 700, "content": "<r>", "normalized": false, "special": false, "rstrip": true] as [String: Any],
            ["id": 701, "content": "  ", "normalized": false, "special": false],
            ["id": 702, "content": "<l>", "normalized": false, "special": false, "lstrip": true],
        ]
        let json = try JSONSerialization.data(withJSONObject: document)
        #expect(try TokenizerPipeline(tokenizerJSON: SharedBytes(Array(json))).encode(text) == ids)
    }

    /// A `tokenizer.json` counts, whatever lies beside it: GPT-2's vocabulary, digits alone, and an added token.
    @Test func theSingleFileWins() throws {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent("digits-\(UUID().uuidString)").path
        try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? files.removeItem(atPath: folder) }
        for name in ["vocab.json", "merges.txt"] {
            try files.copyItem(atPath: TokenizerFixtures.modelDirectory + "/" + name, toPath: folder + "/" + name)
        }
        let vocabulary = try String(contentsOfFile: folder + "/vocab.json", encoding: .utf8)
        let lines = try String(contentsOfFile: folder + "/merges.txt", encoding: .utf8).split(separator: "\n").filter {
            !$0.hasPrefix("#version")
        }
        let merges = String(decoding: try JSONEncoder().encode(lines.map(String.init)), as: UTF8.self)
        let text = """
            {"added_tokens": [{"id": 50257, "content": "<new>", "special": false, "normalized": true}], "normalizer": null,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true},
            {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]},
            "model": {"type": "BPE", "vocab": \(vocabulary), "merges": \(merges)}}
            """
        try text.write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
        #expect(try loadTokenizer(directory: folder).encode("a <new> 12345") == [64, 220, 50257, 220, 16, 17, 18, 19, 20])
    }
}
