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
