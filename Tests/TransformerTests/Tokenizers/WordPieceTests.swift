import Checkpoints
import Foundation
import Testing
import Tokenizers
import Transformer

@Suite struct WordPieceTests {
    static let folder = TokenizerFixtures.root.appendingPathComponent("Tests/Fixtures/wordpiece").path

    private static func bytes(_ name: String) throws -> SharedBytes { SharedBytes(try MappedFile(path: folder + "/" + name)) }

    private static func tokenizer(_ configuration: String? = nil) throws -> TokenizerPipeline {
        try TokenizerPipeline(vocabularyText: bytes("vocab.txt"), configurationJSON: configuration.map(TokenizerFixtures.bytes))
    }

    private func expectEqual(_ tokenizer: TokenizerPipeline, _ file: String, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let cases = try TokenizerFixtures.lines(Self.folder + "/" + file)
        #expect(cases.count > 600)
        for golden in cases {
            let found = tokenizer.framed(tokenizer.encode(golden.text))
            #expect(found == golden.ids, "\(golden.text.debugDescription)", sourceLocation: sourceLocation)
        }
    }

    @Test func idsAsHuggingFaceInLowerCase() throws {
        try expectEqual(Self.tokenizer(), "uncased.jsonl")
        let single = try TokenizerPipeline(tokenizerJSON: Self.bytes("tokenizer.json"))
        try expectEqual(single, "uncased.jsonl")
    }

    @Test func idsAsHuggingFaceWithCase() throws {
        try expectEqual(Self.tokenizer("{\"do_lower_case\": false}"), "cased.jsonl")
    }

    @Test func oneDirectoryTwoLayouts() throws {
        let tokenizer = try loadTokenizer(directory: Self.folder)
        #expect(tokenizer.vocabularySize == 3220)
        #expect(tokenizer.prefixTokens == [2] && tokenizer.suffixTokens == [3] && tokenizer.endToken == 3)
    }

    @Test func specialTokensOnlyOnRequest() throws {
        let tokenizer = try Self.tokenizer()
        #expect(tokenizer.encode("a [SEP] b", special: true) == tokenizer.encode("a") + [3] + tokenizer.encode("b"))
        #expect(!tokenizer.encode("a [SEP] b").contains(3))
        #expect(tokenizer.bytes(of: 3) == Array("[SEP]".utf8) && tokenizer.encode("") == [])
        #expect(tokenizer.lostBytes(in: "Ä\u{4}") == [])
    }

    private static func small(_ configuration: String? = nil) throws -> TokenizerPipeline {
        let tokens = ["[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "##a", "a", "é", "e", "中", "A", "!", "##ff"]
        return try TokenizerPipeline(
            vocabularyText: TokenizerFixtures.bytes(tokens.joined(separator: "\r\n")),
            configurationJSON: configuration.map(TokenizerFixtures.bytes))
    }

    @Test func longestTokensFromTheLeft() throws {
        let tokenizer = try Self.small()
        #expect(tokenizer.encode("unaffable") == [3, 4, 5])
        #expect(tokenizer.encode("UNAFF  un!a") == [3, 4, 3, 12, 7])
        #expect(tokenizer.encode("unx a") == [0, 7], "one unknown token for a word")
        #expect(tokenizer.encode("##aff") == [0, 0, 7, 13], "the sign in a text is punctuation")
        #expect(tokenizer.encode("a" + String(repeating: "a", count: 99)) == [7] + Array(repeating: 6, count: 99))
        #expect(tokenizer.encode("a" + String(repeating: "a", count: 100)) == [0])
        #expect(tokenizer.id(ofBytes: Array("##aff".utf8)) == 4 && tokenizer.displayText(of: 4) == "##aff")
    }

    @Test func choices() throws {
        #expect(try Self.small().encode("É A") == [9, 7])
        #expect(try Self.small("{\"strip_accents\": false}").encode("É A") == [8, 7])
        #expect(try Self.small("{\"do_lower_case\": false}").encode("é A") == [8, 11])
        #expect(try Self.small("{\"do_lower_case\": false, \"strip_accents\": true}").encode("é A") == [9, 11])
        #expect(try Self.small().encode("a中a") == [7, 10, 7])
        #expect(try Self.small("{\"tokenize_chinese_chars\": false}").encode("a中a") == [0])
        let renamed = try Self.small("{\"cls_token\": {\"content\": \"a\"}, \"sep_token\": \"un\", \"unk_token\": \"!\"}")
        #expect(renamed.prefixTokens == [7] && renamed.suffixTokens == [3] && renamed.encode("x") == [12])
    }

    @Test func bytesThatAreNotUTF8CountAsDropped() throws {
        let tokenizer = try Self.small()
        let ids = ([0xFF, 0x61, 0xC3] as [UInt8]).withUnsafeBytes { tokenizer.encode(validUTF8: $0, special: false) }
        #expect(ids == [7])
    }

    @Test func longInputEndsSoon() throws {
        let tokenizer = try Self.small()
        // Marks of alternating class without a starter between them, words without an end, and many words.
        let unsorted = String(repeating: "\u{30D2}\u{3099}\u{302E}\u{16FF0}\u{1D165}\u{1D16D}", count: 30_000)
        for text in [unsorted, String(repeating: "a", count: 1_000_000), String(repeating: "un ", count: 300_000)] {
            let started = ContinuousClock.now
            #expect(!tokenizer.encode(text).isEmpty)
            #expect(ContinuousClock.now - started < .seconds(5))
        }
    }

    // MARK: Faults

    private func expectProblem(
        _ problem: TokenizerLoadError.Problem, sourceLocation: SourceLocation = #_sourceLocation,
        _ load: () throws(TokenizerLoadError) -> TokenizerPipeline
    ) {
        do throws(TokenizerLoadError) {
            _ = try load()
            Issue.record("loaded", sourceLocation: sourceLocation)
        } catch {
            #expect(error.problem == problem, sourceLocation: sourceLocation)
            #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
        }
    }

    @Test func malformedLists() {
        func load(_ lines: String) -> () throws(TokenizerLoadError) -> TokenizerPipeline {
            { () throws(TokenizerLoadError) in try TokenizerPipeline(vocabularyText: TokenizerFixtures.bytes(lines)) }
        }
        expectProblem(.missingToken("[UNK]"), load(""))
        expectProblem(.missingToken("[CLS]"), load("[UNK]\n[SEP]\n"))
        // Of two lines with one text the later counts, as in transformers.
        let doubled = try? load("[UNK]\n[CLS]\n[SEP]\na\na\n")()
        #expect(doubled?.encode("a") == [4] && doubled?.vocabularySize == 5 && doubled?.bytes(of: 3) == nil)
        expectProblem(.notUTF8(offset: 1)) { () throws(TokenizerLoadError) in
            try TokenizerPipeline(vocabularyText: SharedBytes([0x61, 0xFF]))
        }
        expectProblem(.missingMember("strip_accents")) { () throws(TokenizerLoadError) in
            try TokenizerPipeline(
                vocabularyText: TokenizerFixtures.bytes("[UNK]\n[CLS]\n[SEP]"),
                configurationJSON: TokenizerFixtures.bytes("{\"strip_accents\": 1}"))
        }
    }

    @Test func malformedSingleFiles() throws {
        func json(_ changes: [String: String], model: [String: String] = [:]) -> String {
            var parts = ["type": "\"WordPiece\"", "unk_token": "\"[UNK]\"", "vocab": "{\"[UNK]\": 0, \"a\": 1}"]
            parts.merge(model) { $1 }
            func object(_ members: [String: String]) -> String {
                "{" + members.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
            }
            var root = ["model": object(parts), "pre_tokenizer": "{\"type\": \"BertPreTokenizer\"}"]
            root.merge(changes) { $1 }
            return object(root)
        }
        func load(_ text: String) -> () throws(TokenizerLoadError) -> TokenizerPipeline {
            { () throws(TokenizerLoadError) in try TokenizerPipeline(tokenizerJSON: TokenizerFixtures.bytes(text)) }
        }
        let plain = try load(json([:]))()
        #expect(plain.prefixTokens == [] && plain.encode("a A") == [1, 0], "nothing normalizes")
        let bert = try load(json(["post_processor": "{\"type\": \"BertProcessing\", \"cls\": [\"a\", 1], \"sep\": [\"x\", 0]}"]))()
        #expect(bert.prefixTokens == [1] && bert.suffixTokens == [0])
        expectProblem(.missingMember("model.vocab"), load(json([:], model: ["vocab": "[]"])))
        expectProblem(.missingToken("<u>"), load(json([:], model: ["unk_token": "\"<u>\""])))
        expectProblem(
            .missingMember("model.max_input_chars_per_word"), load(json([:], model: ["max_input_chars_per_word": "0"])))
        expectProblem(
            .unsupported(member: "normalizer", found: "\"Nmt\""), load(json(["normalizer": "{\"type\": \"Nmt\"}"])))
        expectProblem(
            .unsupported(member: "pre_tokenizer", found: "\"CharDelimiterSplit\""),
            load(json(["pre_tokenizer": "{\"type\": \"CharDelimiterSplit\"}"])))
        expectProblem(
            .missingMember("post_processor"),
            load(json(["post_processor": "{\"type\": \"BertProcessing\", \"cls\": [\"a\", 9], \"sep\": [\"x\", 0]}"])))
        expectProblem(
            .unsupported(member: "post_processor", found: "\"XProcessing\""),
            load(json(["post_processor": "{\"type\": \"XProcessing\"}"])))
        expectProblem(.duplicateID(token: "b", id: 0), load(json([:], model: ["vocab": "{\"[UNK]\": 0, \"b\": 0}"])))
    }

    /// Two tokens that are the same text in different Unicode form are two tokens.
    @Test func formsOfOneTextAreDifferentTokens() throws {
        let json = """
            {"model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "\u{E9}": 1, "e\u{301}": 2}},
             "pre_tokenizer": {"type": "BertPreTokenizer"}}
            """
        let tokenizer = try TokenizerPipeline(tokenizerJSON: TokenizerFixtures.bytes(json))
        #expect(tokenizer.encode("\u{E9} e\u{301}") == [1, 2])
    }

    @Test func damagedFilesNeverCrash() throws {
        let json = try Self.bytes("tokenizer.json").withUnsafeBytes { Array($0) }
        var random = SplitMix(state: 5)
        for _ in 0..<100 {
            var damaged = json
            for _ in 0..<3 { damaged[Int(random.next() % UInt64(json.count))] = UInt8(truncatingIfNeeded: random.next()) }
            let tokenizer = try? TokenizerPipeline(tokenizerJSON: SharedBytes(damaged))
            _ = tokenizer?.encode("they said 漢字 Élan")
        }
    }
}
