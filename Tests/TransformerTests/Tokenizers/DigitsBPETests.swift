import Checkpoints
import Foundation
import Testing
import Tokenizers
import Transformer

/// A byte-level BPE of SmolLM2's kind: numbers stand alone, and some bytes have no token.
@Suite struct DigitsBPETests {
    private static let folder = TokenizerFixtures.root.appendingPathComponent("Tests/Fixtures/digits-bpe").path

    private func gguf() throws -> TokenizerPipeline {
        try TokenizerPipeline(gguf: GGUF(MappedFile(path: Self.folder + "/tokenizer.gguf")))
    }

    @Test func idsAsHuggingFace() throws {
        let cases = try TokenizerFixtures.lines(Self.folder + "/texts.jsonl")
        #expect(cases.count > 600)
        let json = try loadTokenizer(directory: Self.folder)
        let gguf = try gguf()
        for golden in cases {
            #expect(json.encode(golden.text) == golden.ids, "\(golden.text.debugDescription)")
            #expect(gguf.encode(golden.text) == golden.ids, "\(golden.text.debugDescription)")
        }
        #expect(json.prefixTokens == [] && gguf.prefixTokens == [1])
        #expect(gguf.encode("<|im_start|>", special: true) == [1] && gguf.encode("<|im_start|>").count > 1)
    }

    /// A fast tokenizer is saved with GPT-2's two files beside it, which know neither its rule nor its added tokens.
    @Test func theSingleFileStandsWhereTheOldTwoAreBesideIt() throws {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent("beside-\(UUID().uuidString)").path
        try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? files.removeItem(atPath: folder) }
        for name in ["vocab.json", "merges.txt"] {
            try files.copyItem(atPath: TokenizerFixtures.modelDirectory + "/" + name, toPath: folder + "/" + name)
        }
        try #"{"model_type": "gpt2"}"#.write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
        #expect(try loadTokenizer(directory: folder).vocabularySize == 50257)
        try files.copyItem(atPath: Self.folder + "/tokenizer.json", toPath: folder + "/tokenizer.json")
        let (found, alone) = (try loadTokenizer(directory: folder), try loadTokenizer(directory: Self.folder))
        #expect(found.vocabularySize == alone.vocabularySize)
        #expect(found.encode("a 12345") == alone.encode("a 12345"))
    }

    @Test func lostBytes() throws {
        let tokenizer = try gguf()
        #expect(tokenizer.missingBytes == [0x04, 0x06, 0x13, 0x14, 0x16, 0x1D, 0xF1, 0xF2])
        let text = "a\u{6}b\u{4}\u{6}"
        #expect(tokenizer.lostBytes(in: text) == [4, 6])
        #expect(try tokenizer.decode(tokenizer.encode(text)) == Array("ab".utf8))
        #expect(tokenizer.lostBytes(in: "plain é") == [])
        #expect(try TokenizerFixtures.gpt2().lostBytes(in: text) == [])
    }

    // MARK: Metadata

    private static func text(_ value: String) -> (UInt32, [UInt8]) { (8, GGUFBuilder.string(value)) }
    private static func list(_ values: [String]) -> (UInt32, [UInt8]) {
        (9, little(UInt32(8)) + little(UInt64(values.count)) + values.flatMap(GGUFBuilder.string))
    }
    private static func list(_ values: [Int32]) -> (UInt32, [UInt8]) {
        (9, little(UInt32(5)) + little(UInt64(values.count)) + values.flatMap { little($0) })
    }

    private func expect(
        _ problem: TokenizerLoadError.Problem?, _ changes: [String: (UInt32, [UInt8])] = [:], dropping key: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var members: [String: (UInt32, [UInt8])] = [
            "model": Self.text("gpt2"), "pre": Self.text("gpt-2"), "tokens": Self.list(["a", "b", "ab", "<x>"]),
            "token_type": Self.list([1, 1, 1, 4]), "merges": Self.list(["a b"]),
        ]
        members.merge(changes) { $1 }
        members[key] = nil
        let file = try GGUFBuilder(metadata: members.map { ("tokenizer.ggml." + $0.key, $0.value.0, $0.value.1) }).open()
        do throws(TokenizerLoadError) {
            let tokenizer = try TokenizerPipeline(gguf: file)
            #expect(problem == nil && tokenizer.encode("ab<x>a") == [2, 3, 0], sourceLocation: sourceLocation)
        } catch { #expect(error.problem == problem, sourceLocation: sourceLocation) }
    }

    @Test func metadata() throws {
        try expect(nil)
        try expect(.noTokenizer, dropping: "model")
        try expect(.unsupported(member: "tokenizer.ggml.model", found: "t5"), ["model": Self.text("t5")])
        try expect(.unsupported(member: "tokenizer.ggml.pre", found: "viking"), ["pre": Self.text("viking")])
        try expect(.missingMember("tokenizer.ggml.scores"), ["model": Self.text("llama")])
        try expect(.unsupported(member: "tokenizer.ggml.pre", found: "(none)"), dropping: "pre")
        for key in ["tokens", "token_type", "merges"] {
            try expect(.missingMember("tokenizer.ggml.\(key)"), dropping: key)
            try expect(.missingMember("tokenizer.ggml.\(key)"), [key: Self.text("x")])
        }
        try expect(.missingMember("tokenizer.ggml.token_type"), ["token_type": Self.list([1])])
        try expect(.duplicateToken("a"), ["tokens": Self.list(["a", "a", "ab", "<x>"])])
        try expect(.notByteLevel(token: "語"), ["tokens": Self.list(["a", "語", "ab", "<x>"])])
        try expect(.unknownToken(merge: 1, token: "ba"), ["merges": Self.list(["b a"])])
        try expect(.missingMember("tokenizer.ggml.bos_token_id"), ["add_bos_token": (7, [1])])
    }
}
