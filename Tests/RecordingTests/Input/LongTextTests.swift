import Recording
import TestSupport
import Testing
import Transformer

/// Texts around the context of fixture `odd`, 32 tokens.
@Suite struct LongTextTests {
    private static func ids(_ count: Int) -> String { (0..<count).map { String($0 % 97) }.joined(separator: " ") }

    private func sequences(_ counts: [Int], _ longText: LongText) throws -> [[Int]] {
        let recorded = try Recorded(.tokenIDs(counts.map(Self.ids)), model: Models.odd(), capture: "ln_final.hook_scale") {
            $0.longText = longText
        }
        return try recorded.rows("SELECT number, part, token_count FROM sequences ORDER BY sequence_id")
            .map { [$0["number"], $0["part"], $0["token_count"]] }
    }

    @Test(arguments: [33, 64, 1000])
    func tooLongATextIsRefusedWithItsCount(_ count: Int) throws {
        #expect(throws: RecordingError.tooLong(number: 2, tokens: count, context: 32)) {
            try sequences([3, count], .refuse)
        }
    }

    @Test(arguments: [LongText.refuse, .truncate, .window])
    func aTextOfExactlyTheContextIsRecordedWhole(_ longText: LongText) throws {
        #expect(try sequences([32], longText) == [[1, 0, 32]])
    }

    @Test func truncatingKeepsTheFirstTokens() throws {
        let recorded = try Recorded(.tokenIDs([Self.ids(40), "7"]), model: Models.odd(), capture: "ln_final.hook_scale") {
            $0.longText = .truncate
        }
        let tokens: [Int] = try recorded.values("SELECT token_id FROM tokens ORDER BY token_key")
        #expect(tokens == Array(0..<32) + [7])
    }

    @Test(arguments: [(31, [31]), (33, [32, 1]), (64, [32, 32]), (96, [32, 32, 32]), (97, [32, 32, 32, 1])])
    func windowsCoverTheTextWithoutOverlap(_ count: Int, expected: [Int]) throws {
        #expect(
            try sequences([2, count, 3], .window)
                == [[1, 0, 2]] + expected.enumerated().map { [2, $0, $1] } + [[3, 0, 3]])
    }

    @Test func onlyTheFirstWindowCarriesTheText() throws {
        let text = String(repeating: " ok", count: 1030)
        let recorded = try Recorded(.texts([text]), model: Models.micro(), capture: "ln_final.hook_scale") {
            $0.longText = .window
        }
        let kept: [String?] = try recorded.rows("SELECT text FROM sequences ORDER BY sequence_id").map { $0["text"] }
        #expect(kept == [text, nil])
        #expect(try recorded.values("SELECT token_count FROM sequences ORDER BY sequence_id") == [1024, 6])
        let starts: [Int] = try recorded.values("SELECT min(position) FROM tokens GROUP BY sequence_id")
        #expect(starts == [0, 0])
    }

    @Test func everyWindowBeginsWithTheBeginToken() throws {
        let (model, directory) = (try Models.micro(), try TemporaryDirectory())
        let path = directory.place("run.db")
        var options = Recording.Options()
        options.capture = "ln_final.hook_scale"
        options.longText = .window
        let input = try TextInput(.texts([String(repeating: " ok", count: 2050)]), model: model, begin: true)
        try Recording.record(input, model: model, to: path, options: options)
        #expect(try dump(path, "SELECT token_count FROM sequences ORDER BY part") == ["1024", "1024", "5"])
        #expect(
            try dump(path, "SELECT token_id, count(*) FROM tokens GROUP BY token_id, position = 0") == ["12876|2050", "50256|3"])
    }
}
