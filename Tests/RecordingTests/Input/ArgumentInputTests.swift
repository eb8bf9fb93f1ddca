import Recording
import Testing
import Transformer

@Suite struct ArgumentInputTests {
    private func read(
        _ source: TextInput.Source, model: Model? = nil, special: Bool = false, begin: Bool = false
    ) throws -> (sequences: [TokenSequence], input: TextInput) {
        var input = try TextInput(source, model: model ?? Models.micro(), special: special, begin: begin)
        var sequences: [TokenSequence] = []
        while let sequence = try input.next() { sequences.append(sequence) }
        return (sequences, input)
    }

    @Test func everyTextIsASequence() throws {
        let (sequences, input) = try read(.texts([" hatred", "", "hatred", "war violence hate fear"]))
        #expect(sequences.map(\.tokens) == [[13763], [5183, 445], [5767, 3685, 5465, 3252]])
        #expect(sequences.map(\.number) == [1, 3, 4])
        #expect(sequences.map(\.part) == [0, 0, 0])
        #expect(input.emptyCount == 1)
        #expect(input.description == "4 texts")
    }

    @Test(arguments: ["5 17", "5,17", " 5 , 17 ", "5\t17\n", "+5 017"])
    func everyListOfIdsIsASequence(_ list: String) throws {
        let (sequences, input) = try read(.tokenIDs([list]), model: Models.odd())
        #expect(sequences.map(\.tokens) == [[5, 17]])
        #expect(sequences[0].text == nil)
        #expect(input.description == "1 list of token ids")
    }

    @Test(arguments: ["5 x", "5.0", "0x5", "5;6", "--5"])
    func whatIsNoNumberIsNotAnId(_ list: String) throws {
        #expect(throws: InputError.badTokenIDs(list)) { try read(.tokenIDs([list]), model: Models.odd()) }
    }

    @Test(arguments: [("97", 97), ("-1", -1), ("99999999999", 99_999_999_999)])
    func anIdOutsideTheVocabularyIsNamed(_ list: String, found: Int) throws {
        let error = #expect(throws: InputError.self) { try read(.tokenIDs(["0", "3 \(list)"]), model: Models.odd()) }
        #expect(error?.description == "token id \(found) at position 1 of sequence 2: the vocabulary has ids 0 to 96")
    }

    @Test func aTextNeedsATokenizer() throws {
        #expect(throws: RecordingError.noTokenizer(model: "odd")) { try TextInput(.texts(["x"]), model: Models.odd()) }
    }

    @Test func specialTokensAreTextUnlessAskedFor() throws {
        #expect(try read(.texts(["ok<|endoftext|>"])).sequences[0].tokens == [482, 27, 91, 437, 1659, 5239, 91, 29])
        #expect(try read(.texts(["ok<|endoftext|>"]), special: true).sequences[0].tokens == [482, 50256])
    }

    @Test func theBeginTokenStandsBeforeEachTextThatHasAToken() throws {
        let (sequences, input) = try read(.texts(["ok", "", " ok"]), begin: true)
        #expect(sequences.map(\.tokens) == [[50256, 482], [50256, 12876]])
        #expect(sequences.map(\.text) == ["ok", " ok"])
        #expect(input.emptyCount == 1)
    }

    @Test func theBeginTokenIsNotPutBeforeIds() throws {
        #expect(try read(.tokenIDs(["1 2"]), begin: true).sequences[0].tokens == [1, 2])
    }
}
