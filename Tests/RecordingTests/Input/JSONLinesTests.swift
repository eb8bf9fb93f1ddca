import Recording
import TestSupport
import Testing
import Transformer

@Suite struct JSONLinesTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func read(_ text: String, model: Model? = nil, name: String = "input.jsonl") throws -> [TokenSequence] {
        var input = try TextInput(.file(directory.write(name, text)), model: model ?? Models.micro())
        var sequences: [TokenSequence] = []
        while let sequence = try input.next() { sequences.append(sequence) }
        return sequences
    }

    @Test func textAndIdsAreSequences() throws {
        let sequences = try read("{\"text\": \" ok\"}\n{\"ids\": [5767, 3685]}\n")
        #expect(sequences.map(\.tokens) == [[12876], [5767, 3685]])
        #expect(sequences.map(\.text) == [" ok", nil])
        #expect(sequences.map(\.metadata) == [nil, nil])
    }

    @Test func otherKeysAreKeptAsJSON() throws {
        let sequences = try read(#"{"z": 1, "text": "ok", "label": "a/b é", "list": [1, null, true, 2.5], "o": {"k": {}}}"# + "\n")
        #expect(sequences[0].metadata == #"{"label":"a/b é","list":[1,null,true,2.5],"o":{"k":{}},"z":1}"#)
    }

    /// A number is kept as it was written: 1.0 is not 1, and 20 digits are 20 digits.
    @Test func numbersInMetadataStayExact() throws {
        let sequences = try read(#"{"text": "ok", "b": 1.0, "a": 12345678901234567890, "c": 1e-7, "d": {"y": 0.10, "x": -0}}"#)
        #expect(sequences[0].metadata == #"{"a":12345678901234567890,"b":1.0,"c":1e-7,"d":{"x":-0,"y":0.10}}"#)
    }

    @Test func nullIsAbsent() throws {
        #expect(try read(#"{"text": "ok", "ids": null}"#).map(\.tokens) == [[482]])
        #expect(try read(#"{"ids": [3], "text": null}"#).map(\.tokens) == [[3]])
    }

    @Test(arguments: [
        (#"{"text": NaN}"#, "malformed number at column 10"), (#"{"text": "\ud800"}"#, "malformed escape in a string at column 13"),
        ("{\"text\": \"a\u{1}\"}", "unescaped control character in a string at column 12"),
        (#"{"text": "a", "n": 1e400}"#, "number is too large at column 20"),
        (#"{"text": "a"} {"text": "b"}"#, "more text after the end at column 15"),
        (#"{"text": "a", "text": "b"}"#, "key \"text\" appears twice at column 22"),
        ("[1]", "expected a JSON object at column 1"), (#"{"ids": [1.5]}"#, "expected a whole number at column 10"),
        (#"{"text": 5}"#, "expected \"text\" to be a string at column 10"),
    ])
    func faultsAreNamedWithTheirColumn(_ line: String, reason: String) throws {
        let path = directory.place("input.jsonl")
        #expect(throws: InputError.badJSON(file: path, line: 1, reason: reason)) { try read(line) }
    }

    @Test(arguments: ["input.jsonl", "input.txt"]) func aByteOrderMarkIsSkipped(_ name: String) throws {
        let text = name.hasSuffix("txt") ? "ok" : "{\"text\": \"ok\"}"
        #expect(try read("\u{FEFF}" + text + "\n", name: name).map(\.tokens) == [[482]])
    }

    @Test func escapesInTextAreRead() throws {
        let sequences = try read(#"{"text": "a\nb\u0000\ud83d\ude00"}"#)
        #expect(sequences[0].text == "a\nb\0😀")
    }

    @Test func blankLinesAndEmptyTextsKeepTheNumbersOfTheOthers() throws {
        let sequences = try read("\n  \t\n{\"text\": \"\"}\n{\"ids\": []}\r\n{\"text\": \"ok\"}\n")
        #expect(sequences.map(\.number) == [5])
    }

    @Test func ndjsonIsTheSame() throws {
        #expect(try read("{\"text\": \"ok\"}", name: "input.ndjson").map(\.tokens) == [[482]])
    }

    @Test func idsNeedNoTokenizer() throws {
        #expect(try read("{\"ids\": [0, 96]}", model: Models.odd()).map(\.tokens) == [[0, 96]])
        let error = #expect(throws: InputError.self) { try read("{\"text\": \"ok\"}", model: Models.odd()) }
        #expect(error?.description.contains("line 1: this model has no tokenizer") == true)
    }

    @Test(arguments: [
        "nonsense", "[1, 2]", "\"text\"", "{\"text\": 1}", "{\"text\": null}", "{\"label\": \"x\"}", "{}",
        "{\"text\": \"a\", \"ids\": [1]}", "{\"ids\": [1.5]}", "{\"ids\": [\"1\"]}", "{\"ids\": 5}", "{\"ids\": [true]}",
        "{\"text\": \"a\"} {\"text\": \"b\"}", "{\"text\": \"a\"", "{\"text\": \"\\ud800\"}",
        String(repeating: "[", count: 100_000),
    ])
    func badLinesAreNamed(_ line: String) throws {
        let path = directory.place("input.jsonl")
        let error = #expect(throws: InputError.self) { try read("{\"text\": \"ok\"}\n\n\(line)\n") }
        guard case .badJSON(let file, let number, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(file == path)
        #expect(number == 3)
    }

    @Test(arguments: [("[3, 97]", 97), ("[3, -1]", -1), ("[0, 5000000000]", 5_000_000_000)])
    func idsOutsideTheVocabularyAreNamed(_ ids: String, found: Int) throws {
        let error = #expect(throws: InputError.self) { try read("{\"ids\": [1]}\n{\"ids\": \(ids)}\n", model: Models.odd()) }
        #expect(error?.description == "token id \(found) at position 1 of sequence 2: the vocabulary has ids 0 to 96")
    }
}
