import Foundation
import Testing
import Tokenizers
import Transformer

@Suite struct ByteLevelBPETests {
    @Test func goldenTexts() throws {
        let tokenizer = try TokenizerFixtures.gpt2()
        let cases = try TokenizerFixtures.golden()
        #expect(cases.count > 10)
        for golden in cases {
            #expect(tokenizer.encode(golden.text) == golden.ids, "\(golden.text.debugDescription)")
            let bytes = Array(golden.text.utf8)
            let pieces = PieceScannerTests.pieces(bytes)
            #expect(pieces == golden.pieces.map { Array($0.utf8) }, "\(golden.text.debugDescription)")
        }
    }

    @Test func randomStringsAsHuggingFace() throws {
        let tokenizer = try TokenizerFixtures.gpt2()
        let cases = try TokenizerFixtures.random()
        #expect(cases.count == 20_000)
        var different = 0
        for (text, ids) in cases where tokenizer.encode(text) != ids {
            different += 1
            if different == 1 { Issue.record("first difference: \(text.debugDescription)") }
        }
        #expect(different == 0)
        for (text, ids) in cases.prefix(2000) { #expect(try tokenizer.decode(ids) == Array(text.utf8)) }
    }

    @Test func knownTokens() throws {
        let tokenizer = try TokenizerFixtures.gpt2()
        #expect(tokenizer.vocabularySize == 50257)
        #expect(tokenizer.endToken == 50256)
        #expect(tokenizer.missingBytes.isEmpty)
        #expect(tokenizer.encode(" hatred") == [13763])
        #expect(tokenizer.encode("hatred") == [5183, 445])
        #expect([" ok", "ok", "OK"].map { tokenizer.encode($0) } == [[12876], [482], [11380]])
        #expect(tokenizer.encode("war violence hate fear") == [5767, 3685, 5465, 3252])
        #expect(tokenizer.encode("") == [])
        #expect(tokenizer.encode("\n") == [198])
        #expect(tokenizer.id(ofBytes: Array(" hatred".utf8)) == 13763)
        #expect(tokenizer.id(ofBytes: Array("no such token".utf8)) == nil)
        #expect(tokenizer.bytes(of: 13763) == Array(" hatred".utf8))
        #expect(tokenizer.bytes(of: 50257) == nil)
        #expect(tokenizer.bytes(of: -1) == nil)
    }

    @Test func specialTokensOnlyOnRequest() throws {
        let tokenizer = try TokenizerFixtures.gpt2()
        let text = "a<|endoftext|>b"
        #expect(tokenizer.encode(text, special: true) == [64, 50256, 65])
        #expect(!tokenizer.encode(text).contains(50256))
        #expect(tokenizer.encode("<|endoftext|>", special: true) == [50256])
        #expect(tokenizer.encode("<|endoftext", special: true) == tokenizer.encode("<|endoftext"))
        // The text on either side is cut on its own: the two spaces end it.
        #expect(tokenizer.encode("a  <|endoftext|>", special: true) == [64, 220, 220, 50256])
    }

    @Test func decodingUndoesEncoding() throws {
        let tokenizer = try TokenizerFixtures.gpt2()
        var random = SplitMix(state: 7)
        for _ in 0..<300 {
            let bytes = (0..<random.next() % 200).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let ids = bytes.withUnsafeBytes { tokenizer.encode(validUTF8: $0, special: false) }
            #expect(try tokenizer.decode(ids) == bytes, "any bytes, UTF-8 or not")
        }
    }

    @Test func idsDoNotDependOnWhatCameBefore() throws {
        let texts = try TokenizerFixtures.random().prefix(500).map(\.text)
        let tokenizer = try TokenizerFixtures.gpt2()
        let fresh = try loadTokenizer(directory: TokenizerFixtures.modelDirectory)
        let backwards = texts.reversed().map { fresh.encode($0) }
        #expect(texts.map { tokenizer.encode($0) } == backwards.reversed())
    }

    @Test func threadsShareATokenizer() async throws {
        let tokenizer = try TokenizerFixtures.gpt2()
        let texts = Array(try TokenizerFixtures.random().prefix(200))
        let wrong = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { texts.count { tokenizer.encode($0.text) != $0.ids } }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    @Test func scanAndHeapAgree() throws {
        // 32 symbols and fewer are merged by scanning, more through a heap: check both against a plain definition.
        let tokenizer = try TokenizerFixtures.gpt2()
        let lines = try String(contentsOfFile: TokenizerFixtures.modelDirectory + "/merges.txt", encoding: .utf8).split(
            separator: "\n")
        let ranks = Dictionary(lines.enumerated().map { (String($1), $0) }) { first, _ in first }
        var random = SplitMix(state: 11)
        for length in [2, 5, 31, 32, 33, 34, 60, 200] {
            for _ in 0..<10 {
                let text = String((0..<length).map { _ in "aehlnorst".randomElement(using: &random) ?? "a" })
                let expected = Self.merged(text, ranks).compactMap { tokenizer.id(ofBytes: Array($0.utf8)) }
                #expect(tokenizer.encode(text) == expected, "\(text)")
            }
        }
    }

    /// The definition, slowly: merge the leftmost pair of lowest rank until there is none.
    private static func merged(_ text: String, _ ranks: [String: Int]) -> [String] {
        var symbols = text.map(String.init)
        while true {
            let ranked = symbols.indices.dropLast().compactMap { i in
                ranks[symbols[i] + " " + symbols[i + 1]].map { (rank: $0, place: i) }
            }
            guard let best = ranked.min(by: { ($0.rank, $0.place) < ($1.rank, $1.place) }) else { return symbols }
            symbols.replaceSubrange(best.place...best.place + 1, with: [symbols[best.place] + symbols[best.place + 1]])
        }
    }

    @Test(arguments: ["a", " ", "ab", " a", "\n ", "é", "'", "1", "hatred"])
    func longInputEndsSoon(_ unit: String) throws {
        #if DEBUG
        let size = 100_000
        #else
        let size = 1_000_000
        #endif
        let tokenizer = try TokenizerFixtures.gpt2()
        let text = String(repeating: unit, count: size / unit.utf8.count)
        let started = ContinuousClock.now
        let ids = tokenizer.encode(text)
        let took = ContinuousClock.now - started
        #expect(took < .seconds(10), "\(took)")
        #expect(try tokenizer.decode(ids) == Array(text.utf8))
    }

    @Test func inputErrorsSayWhere() throws {
        let tokenizer = try TokenizerFixtures.gpt2()
        #expect(throws: TokenizerInputError.notUTF8(offset: 9)) {
            try tokenizer.encode(utf8: Array("123456789".utf8) + [0xFF, 0x61])
        }
        #expect(throws: TokenizerInputError.unknownID(50257, index: 1, vocabularySize: 50257)) {
            try tokenizer.decode([1, 50257])
        }
    }
}

/// A small seeded generator (Steele et al. 2014), so that tests repeat.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
