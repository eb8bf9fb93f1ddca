import Checkpoints
import Foundation
import Testing
import Tokenizers
import Transformer

@Suite struct TokenizerLoadingTests {
    /// A vocabulary of all 256 bytes, in the files' spelling, with ids in the order of the bytes.
    private static let spelledBytes: [String] = {
        var next: UInt32 = 0x100
        return (0..<256).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return String(UnicodeScalar(UInt8(byte)))
            default:
                next += 1
                return UnicodeScalar(next - 1).map { String($0) } ?? ""
            }
        }
    }()

    private static func vocabulary(_ more: [String] = [], dropping: Int? = nil) -> String {
        let bytes = spelledBytes.enumerated().filter { $0.offset != dropping }
            .map { "\(quoted($0.element)): \($0.offset)" }
        return "{" + (bytes + more).joined(separator: ", ") + "}"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func load(_ json: String, _ merges: String = "") throws(TokenizerLoadError) -> TokenizerPipeline {
        try TokenizerPipeline(
            vocabularyJSON: TokenizerFixtures.bytes(json), mergesText: TokenizerFixtures.bytes(merges))
    }

    private func expectProblem(
        _ problem: TokenizerLoadError.Problem, _ json: String, _ merges: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do throws(TokenizerLoadError) {
            _ = try Self.load(json, merges)
            Issue.record("loaded", sourceLocation: sourceLocation)
        } catch {
            #expect(error.problem == problem, sourceLocation: sourceLocation)
            #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
        }
    }

    @Test func smallVocabulary() throws {
        let json = Self.vocabulary(["\"\\u0120a\": 256", "\"\\u0120aa\": 259"])
        let tokenizer = try Self.load(json, "#version: 0.2\r\nĠ a\r\nĠa a\r\n")
        #expect(tokenizer.encode(" aaa") == [259, 97])
        #expect(tokenizer.vocabularySize == 260)
        #expect(tokenizer.bytes(of: 257) == nil, "a hole")
        #expect(tokenizer.endToken == nil)
    }

    @Test func mergesMayHoldOtherWhiteSpaceAndSigns() throws {
        // U+0120 is byte 20; U+010A byte 0A. "# #" is a merge, not a comment.
        let json = Self.vocabulary(["\"##\": 256", "\"\\u010a\\u010a\": 257"])
        let tokenizer = try Self.load(json, "# #\nĊ Ċ\n")
        #expect(tokenizer.encode("##\n\n") == [256, 257])
    }

    @Test func malformedVocabularies() {
        expectProblem(.notJSON(JSONError(offset: 0, reason: .unexpectedEnd)), "")
        expectProblem(.notJSON(JSONError(offset: 0, reason: .expected("'{'"))), "[1]")
        expectProblem(.notJSON(JSONError(offset: 6, reason: .expected("a whole number"))), "{\"a\": \"b\"}")
        expectProblem(.notJSON(JSONError(offset: 6, reason: .expected("a whole number"))), "{\"a\": 1.5}")
        expectProblem(.notJSON(JSONError(offset: 9, reason: .trailingBytes)), "{\"a\": 1} x")
        expectProblem(.notJSON(JSONError(offset: 6, reason: .numberTooLarge)), "{\"a\": 99999999999999999999}")
        expectProblem(.idOutOfRange(token: "a", id: -1), "{\"a\": -1}")
        expectProblem(.idOutOfRange(token: "a", id: 1 << 31), "{\"a\": 2147483648}")
        expectProblem(.duplicateID(token: "b", id: 3), "{\"a\": 3, \"b\": 3}")
        expectProblem(.duplicateToken("a"), "{\"a\": 3, \"a\": 4}")
        expectProblem(.notByteLevel(token: "a b"), "{\"a b\": 3}")
        expectProblem(.notByteLevel(token: "語"), "{\"語\": 3}")
    }

    @Test func malformedMerges() {
        let json = Self.vocabulary(["\"ab\": 256"])
        expectProblem(.malformedMerge(number: 2, text: "ab"), json, "a b\nab\n")
        expectProblem(.malformedMerge(number: 1, text: " b"), json, " b\n")
        expectProblem(.unknownToken(merge: 1, token: "xy"), json, "xy a\n")
        expectProblem(.unknownToken(merge: 1, token: "ba"), json, "b a\n")
        expectProblem(.unknownToken(merge: 1, token: "b c"), json, "a b c\n")
    }

    @Test func notUTF8() {
        do throws(TokenizerLoadError) {
            _ = try TokenizerPipeline(
                vocabularyJSON: SharedBytes([0x7B, 0xFF]), mergesText: TokenizerFixtures.bytes(""))
            Issue.record("loaded")
        } catch { #expect(error.problem == .notUTF8(offset: 1)) }
    }

    @Test(arguments: ["\"Ġ a\"", "[\"Ġ\", \"a\"]"])
    func singleFile(merge: String) throws {
        let json = """
            {"added_tokens": [{"id": 257, "content": "<|end of|>", "special": true},
                              {"id": 258, "content": "<x>", "special": false}],
             "normalizer": null,
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Digits", "individual_digits": true},
                {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]},
             "model": {"type": "BPE", "dropout": null, "vocab": \(Self.vocabulary(["\"zz\": 4", "\"Ġa\": 256"], dropping: 4)),
                       "merges": [\(merge)]}}
            """
        let tokenizer = try TokenizerPipeline(tokenizerJSON: TokenizerFixtures.bytes(json))
        #expect(tokenizer.missingBytes == [4])
        #expect(tokenizer.encode(" a<x>\u{4} a") == [256, 258, 256])
        #expect(tokenizer.encode("<|end of|>", special: true) == [257])
        #expect(tokenizer.encode("<|end of|>").count == 10)
    }

    @Test func singleFileRefusals() {
        for (json, problem) in [
            ("{}", .missingMember("model.vocab")),
            ("{\"model\": {\"type\": \"BPE\", \"vocab\": {}}}", .missingMember("model.merges")),
            (
                "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {}}}",
                .unsupported(member: "model.type", found: "\"WordLevel\"")
            ),
            (
                "{\"normalizer\": {\"type\": \"Nmt\"}, \"model\": {\"vocab\": {}, \"merges\": []}}",
                .unsupported(member: "normalizer", found: "\"Nmt\"")
            ),
            (
                "{\"added_tokens\": [{\"id\": 0, \"content\": \"a\"}], \"model\": {\"vocab\": {\"a\": 99999999999}, \"merges\": []}}",
                .idOutOfRange(token: "a", id: 99_999_999_999)
            ),
            (
                "{\"model\": {\"vocab\": {}, \"merges\": [], \"dropout\": 0.5}}",
                .unsupported(member: "model.dropout", found: "0.5")
            ),
        ] as [(String, TokenizerLoadError.Problem)] {
            do throws(TokenizerLoadError) {
                _ = try TokenizerPipeline(tokenizerJSON: TokenizerFixtures.bytes(json))
                Issue.record("loaded \(json)")
            } catch { #expect(error.problem == problem) }
        }
    }

    @Test func directoryWithoutTokenizer() {
        do throws(TokenizerLoadError) {
            _ = try loadTokenizer(directory: "/nonexistent")
            Issue.record("loaded")
        } catch { #expect(error.problem == .noTokenizer) }
    }

    @Test func damagedFilesNeverCrash() {
        let json = Array(Self.vocabulary(["\"ab\": 256", "\"abc\": 257"]).utf8)
        let merges = Array("#version: 0.2\na b\nab c\n".utf8)
        var random = SplitMix(state: 3)
        for round in 0..<300 {
            var (vocabulary, text) = (json, merges)
            vocabulary[Int(random.next() % UInt64(json.count))] = UInt8(truncatingIfNeeded: random.next())
            text[Int(random.next() % UInt64(merges.count))] = UInt8(truncatingIfNeeded: random.next())
            let tokenizer = try? TokenizerPipeline(
                vocabularyJSON: SharedBytes(round % 2 == 0 ? vocabulary : json), mergesText: SharedBytes(text))
            _ = tokenizer?.encode("abc abc")
        }
    }
}

@Suite struct DisplayTextTests {
    @Test(
        arguments: [
            (Array(" hatred".utf8), " hatred"), ([0xC3], "\\xc3"), ([0x61, 0, 0xFF, 0xC3, 0xA9], "a\\x00\\xff\u{E9}"),
            ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"), ([0xC0, 0x80], "\\xc0\\x80"), ([], ""),
            ([0xF4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"),
        ] as [([UInt8], String)])
    func shows(bytes: [UInt8], text: String) {
        #expect(Array(displayText(of: bytes).utf8) == Array(text.utf8))
    }

    @Test func firstInvalidByte() {
        #expect(UTF8Validation.firstInvalidByte(Array("aé語🙂".utf8)) == nil)
        #expect(UTF8Validation.firstInvalidByte(Array("12345678é".utf8) + [0xE8, 0xAA]) == 10)
        #expect(UTF8Validation.firstInvalidByte([0xF0, 0x9F, 0x99]) == 0)
        #expect(UTF8Validation.firstInvalidByte([0x61, 0x80]) == 1)
        // Every scalar of Swift's own is valid.
        for value in stride(from: 0, through: 0x10FFFF, by: 97) as StrideThrough<UInt32> {
            guard let scalar = UnicodeScalar(value) else { continue }
            #expect(UTF8Validation.firstInvalidByte(Array(String(scalar).utf8)) == nil)
        }
    }
}
