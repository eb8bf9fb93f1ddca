import Foundation
import Recording
import TestSupport
import Testing
import Transformer

/// Texts, tokens and metadata as they lie in the file.
@Suite struct TextTests {
    @Test func theVocabularyHoldsTheTokensThatOccurOnceEach() throws {
        let recorded = try Recorded(.texts([" ok ok", " hatred ok"]), model: Models.micro())
        let rows = try recorded.rows("SELECT token_id, bytes, text FROM vocabulary ORDER BY token_id")
        #expect(rows.map { $0["token_id"] as Int } == [12876, 13763])
        #expect(rows.map { $0["text"] as String } == [" ok", " hatred"])
        #expect(rows.map { $0["bytes"] as Data } == [Data(" ok".utf8), Data(" hatred".utf8)])
    }

    @Test func partsOfCharactersAreShownByTheirBytes() throws {
        // The kanji takes three tokens' bytes: one of two bytes and single ones, none of them UTF-8 by itself.
        let text = "\u{9F98}"
        let recorded = try Recorded(.texts([text]), model: Models.micro())
        let rows = try recorded.rows(
            "SELECT v.bytes, v.text FROM tokens t JOIN vocabulary v ON v.token_id = t.token_id ORDER BY t.token_key")
        #expect(rows.count > 1)
        #expect(rows.map { Array($0["bytes"] as Data) }.flatMap { $0 } == Array(text.utf8))
        for row in rows {
            let shown = (row["bytes"] as Data).map { "\\x" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            #expect(row["text"] as String == shown)
        }
    }

    @Test func nulStaysInTheTextAndIsShownInTheToken() throws {
        let recorded = try Recorded(.texts(["a\0b"]), model: Models.micro())
        #expect(try recorded.value("SELECT hex(CAST(text AS BLOB)) FROM sequences") == "610062")
        #expect(try recorded.values("SELECT token FROM token_statistics WHERE depth = 0 ORDER BY position") == ["a", "\\x00", "b"])
        #expect(try recorded.value("SELECT hex(bytes) FROM vocabulary WHERE token_id = 188") == "00")
    }

    @Test func aModelWithoutATokenizerShowsNumbers() throws {
        let recorded = try Recorded(.tokenIDs(["5 17"]), model: Models.odd())
        #expect(try recorded.values("SELECT token FROM token_statistics WHERE depth = 0 ORDER BY position") == ["#5", "#17"])
        #expect(try recorded.value("SELECT count(*) FROM vocabulary WHERE bytes IS NULL") == 2)
        #expect(try recorded.value("SELECT count(*) FROM sequences WHERE text IS NULL") == 1)
    }

    @Test func metadataCanBeAskedForByKey() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("in.jsonl", "{\"text\": \"ok\", \"label\": \"good\"}\n{\"text\": \"war\"}\n")
        let recorded = try Recorded(.file(file), model: Models.micro())
        let rows = try recorded.rows("SELECT text, metadata ->> 'label' AS label FROM sequences ORDER BY number")
        #expect(rows.map { $0["text"] as String } == ["ok", "war"])
        #expect(rows.map { $0["label"] as String? } == ["good", nil])
        #expect(try recorded.value("SELECT input FROM runs") == file)
    }

    @Test func textThatLooksLikeSQLIsText() throws {
        let text = "'); DROP TABLE tokens; --"
        let recorded = try Recorded(.texts([text]), model: Models.micro()) { $0.label = text }
        #expect(try recorded.value("SELECT text FROM sequences") == text)
        #expect(try recorded.value("SELECT label FROM runs") == text)
    }

    @Test func emptyTextsAreCounted() throws {
        let recorded = try Recorded(.texts(["", "ok", ""]), model: Models.micro())
        #expect(recorded.summary.emptyTexts == 2)
        #expect(try recorded.values("SELECT number FROM sequences") == [2])
    }

    @Test func anInputWithoutTextMakesNoFile() throws {
        let directory = try TemporaryDirectory()
        let model = try Models.micro()
        #expect(throws: RecordingError.nothingToRecord(input: "2 texts")) {
            try Recording.record(TextInput(.texts(["", ""]), model: model), model: model, to: directory.place("run.db"))
        }
        #expect(try directory.names().isEmpty)
    }
}
