import Recording
import TestSupport
import Testing
import Transformer

@Suite struct TextFileTests {
    let directory: TemporaryDirectory
    let model: Model

    init() throws {
        directory = try TemporaryDirectory()
        model = try Models.micro()
    }

    private func read(_ bytes: some Sequence<UInt8>) throws -> (sequences: [TokenSequence], empty: Int) {
        var input = try TextInput(.file(directory.write("input.txt", bytes)), model: model)
        var sequences: [TokenSequence] = []
        while let sequence = try input.next() { sequences.append(sequence) }
        return (sequences, input.emptyCount)
    }

    @Test(arguments: ["one\ntwo\n", "one\ntwo", "one\r\ntwo\r\n", "one\r\ntwo", "one\ntwo\r\n"])
    func aLineIsASequenceHoweverItEnds(_ text: String) throws {
        let (sequences, empty) = try read(text.utf8)
        #expect(sequences.map(\.text) == ["one", "two"])
        #expect(sequences.map(\.number) == [1, 2])
        #expect(sequences.map(\.tokens) == [[505], [11545]])
        #expect(empty == 0)
    }

    @Test func emptyLinesAreCountedAndSkippedAndTheOthersKeepTheirNumbers() throws {
        let (sequences, empty) = try read("\n\none\n\r\ntwo\n\n".utf8)
        #expect(sequences.map(\.text) == ["one", "two"])
        #expect(sequences.map(\.number) == [3, 5])
        #expect(empty == 4)
    }

    @Test(arguments: ["", "\n", "\n\n\n", "\r\n\r\n"])
    func aFileWithoutTextHasNoSequence(_ text: String) throws {
        #expect(try read(text.utf8).sequences.isEmpty)
    }

    @Test func aCarriageReturnWithinALineIsText() throws {
        let sequences = try read("a\rb\nc\r".utf8).sequences
        #expect(sequences.map { Array(($0.text ?? "").utf8) } == [Array("a\rb".utf8), Array("c\r".utf8)])
        #expect(sequences[0].tokens == [64, 201, 65])
    }

    @Test func spacesAreText() throws {
        let (sequences, empty) = try read(" \n  \n".utf8)
        #expect(sequences.map(\.text) == [" ", "  "])
        #expect(empty == 0)
    }

    /// Lines are read 65,536 bytes at a time: ends and CRLF must be found wherever the border falls.
    @Test(arguments: [65_533, 65_534, 65_535, 65_536, 65_537, 131_071, 131_072, 200_000])
    func linesAcrossTheBordersOfTheBufferAreWhole(_ length: Int) throws {
        let long = String(repeating: "x", count: length)
        for end in ["\n", "\r\n"] {
            var reader = try TextInput(
                .file(directory.write("long.jsonl", "{\"ids\":[1],\"k\":\"\(long)\"}\(end)[2]\(end)")), model: model)
            let first = try reader.next()
            #expect(first?.metadata == "{\"k\":\"\(long)\"}")
            let error = #expect(throws: InputError.self) { try reader.next() }
            #expect(error?.description.contains("line 2") == true)
        }
    }

    @Test func invalidUTF8NamesTheByteOfTheFile() throws {
        let path = try directory.write("bad.txt", Array("good\r\nal".utf8) + [0xFF] + Array("so\n".utf8))
        var input = try TextInput(.file(path), model: model)
        #expect(try input.next()?.text == "good")
        #expect(throws: InputError.notUTF8(input: path, offset: 8)) { try input.next() }
    }

    @Test func invalidUTF8FarInTheFileNamesTheByteOfTheFile() throws {
        let line = Array((String(repeating: "y", count: 999) + "\n").utf8)
        let path = try directory.write("far.txt", (0..<200).flatMap { _ in line } + [0x61, 0xC3, 0x0A])
        var input = try TextInput(.file(path), model: model)
        for _ in 0..<200 { _ = try input.next() }
        #expect(throws: InputError.notUTF8(input: path, offset: 200_001)) { try input.next() }
    }

    @Test func nulIsText() throws {
        let sequences = try read([0x61, 0x00, 0x62, 0x0A]).sequences
        #expect(sequences.map(\.tokens) == [[64, 188, 65]])
        #expect(sequences[0].text == "a\0b")
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let missing = directory.place("missing.txt")
        #expect(throws: InputError.cannotRead(file: missing, reason: "No such file or directory")) {
            try TextInput(.file(missing), model: model)
        }
        #expect(throws: InputError.cannotRead(file: directory.path, reason: "it is a directory")) {
            try TextInput(.file(directory.path), model: model)
        }
    }

    @Test func theFractionGrowsToOne() throws {
        var input = try TextInput(.file(directory.write("four.txt", "aa\nbb\ncc\ndd\n")), model: model)
        var fractions = [input.fraction]
        while try input.next() != nil { fractions.append(input.fraction) }
        #expect(fractions == [0, 0.25, 0.5, 0.75, 1])
    }
}
