import Comparing
import Testing

@Suite struct CarrierTests {
    @Test func theShippedOnesAreSentences() throws {
        #expect(try Carrier.parse(Carriers.text, file: "shipped") == Carriers.shipped)
        #expect(Carriers.shipped.count == 12)
    }

    @Test func aWordIsPutIntoTheGapAndFound() throws {
        let (text, word) = try Carrier("They said {} was ok.").filled(with: "naïve")
        #expect(text == "They said naïve was ok.")
        #expect(String(decoding: Array(text.utf8)[word], as: UTF8.self) == " naïve")
    }

    @Test func emptyLinesAndRemarksAreLeftOut() throws {
        let carriers = try Carrier.parse("# mine\r\n\r\nI feel {}\r\n  A {} there  ", file: "f")
        #expect(carriers.map(\.template) == ["I feel {}", "A {} there"])
    }

    @Test(arguments: [
        ("no gap", CarrierError.Problem.gaps(0)), ("two {} and {}", .gaps(2)), ("un{} there", .noSpace), ("{} first", .noSpace),
    ])
    func whatCannotCarryAWordIsRefused(_ line: String, _ problem: CarrierError.Problem) {
        #expect(throws: CarrierError.badLine(file: "f", line: 2, problem)) { try Carrier.parse("I feel {}\n" + line, file: "f") }
    }

    @Test func theStartIsRefused() {
        #expect(throws: CarrierError.Problem.atStart) { try Carrier("  {} first") }
    }

    @Test func repeatedAndMissingSentencesAreRefused() {
        #expect(throws: CarrierError.badLine(file: "f", line: 3, .repeats(line: 1))) {
            try Carrier.parse("I {} you\nWe {} it\nI {} you", file: "f")
        }
        #expect(throws: CarrierError.none(file: "f")) { try Carrier.parse("# nothing\n", file: "f") }
    }
}
