import Foundation
import GRDB
import TestSupport
import Testing

/// `compare` from the outside. One program at a time: each of them uses every processor.
@Suite(.serialized) struct CompareTests {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Row: Decodable {
        var depth: Int
        var site, word, token: String
        var piece_of: Int?
        var n: Int
        var mean_variance, sd_variance, mean_kurtosis: Double
        var ratio_of_first, ci_low, ci_high: Double?
        var token_embedding_variance, position_embedding_variance, twice_covariance: Double?
    }

    private func rows(_ arguments: String...) throws -> [Row] {
        let outcome = try actrec(["compare", "--format", "jsonl"] + arguments)
        #expect(outcome.code == 0, "\(outcome.stderr)")
        return try outcome.output.split(separator: 0x0A).map { try JSONDecoder().decode(Row.self, from: Data($0)) }
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    private func deviation(_ values: [Double]) -> Double {
        let mean = mean(values)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }

    private func isClose(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) <= 1e-9 * abs(b) } ?? false }

    @Test func thePageIsWrittenBesideTheTables() throws {
        let directory = try TemporaryDirectory()
        let page = directory.place("words.html")
        let outcome = try actrec("compare", "hatred", "ok", "--html", page)
        #expect(outcome.code == 0 && outcome.stdout.hasPrefix("Before the norms 'hatred' has"))
        #expect(outcome.stderr.contains("the page is \(page)"))
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains("data-picture=\"compare\""))
        // An earlier page is replaced, another file is not.
        #expect(try actrec("compare", "hatred", "ok", "--html", page).code == 0)
        let notes = directory.place("notes.txt")
        try "mine".write(toFile: notes, atomically: true, encoding: .utf8)
        #expect(try actrec("compare", "hatred", "ok", "--html", notes).code != 0)
        #expect(try String(contentsOfFile: notes, encoding: .utf8) == "mine")
        #expect(try actrec("compare", "--carriers", "--html", page).code != 0)
    }

    @Test func theNumbersAreThoseOfTheRecording() throws {
        let directory = try TemporaryDirectory()
        let path = directory.place("words.db")
        let rows = try rows("hatred", "ok", "-o", path)
        #expect(rows.count == 26)
        let values: [String: [Double]] = try DatabaseQueue(path: path).read { db in
            let sql = """
                SELECT json_extract(q.metadata, '$.word') || s.depth AS place, s.variance
                FROM token_statistics s JOIN sequences q ON q.sequence_id = s.sequence_id
                WHERE s.token = ' ' || json_extract(q.metadata, '$.word') ORDER BY json_extract(q.metadata, '$.carrier')
                """
            return try GRDB.Row.fetchAll(db, sql: sql).reduce(into: [:]) { $0[$1["place"], default: []].append($1["variance"]) }
        }
        for row in rows {
            let variances = try #require(values["\(row.word)\(row.depth)"])
            #expect(row.n == 12 && variances.count == 12)
            #expect(isClose(row.mean_variance, mean(variances)))
            #expect(isClose(row.sd_variance, deviation(variances)))
            guard row.word == "ok" else {
                #expect(row.ratio_of_first == nil)
                continue
            }
            let logs = zip(try #require(values["hatred\(row.depth)"]), variances).map { log($0 / $1) }
            let half = 2.200985160091639 * deviation(logs) / 12.0.squareRoot()
            #expect(isClose(row.ratio_of_first, exp(mean(logs))))
            #expect(isClose(row.ci_low, exp(mean(logs) - half)))
            #expect(isClose(row.ci_high, exp(mean(logs) + half)))
        }
    }

    @Test func theSplitAddsUpToTheFirstVariance() throws {
        for row in try rows("hatred", "ok", "love") {
            guard row.depth == 0 else {
                #expect(row.token_embedding_variance == nil)
                continue
            }
            let sum =
                try #require(row.token_embedding_variance) + #require(row.position_embedding_variance)
                + #require(row.twice_covariance)
            #expect(abs(sum - row.mean_variance) < 1e-6 * row.mean_variance)
        }
    }

    @Test func aWordOfSeveralTokensIsMeasuredAtItsLastAndSaysSo() throws {
        let rows = try rows("ok", "antidisestablishmentarianism")
        #expect(rows.filter { $0.word == "ok" }.allSatisfy { $0.piece_of == nil && $0.token == " ok" })
        #expect(rows.filter { $0.word != "ok" }.allSatisfy { $0.piece_of == 5 && $0.token == "ism" })
        let text = try actrec("compare", "ok", "antidisestablishmentarianism").stdout
        #expect(text.contains("5 tokens"))
        #expect(text.contains("(last of 5)"))
    }

    @Test func tokensAreShownWithAndWithoutTheSpace() throws {
        let text = try actrec("compare", "hatred", "ok").stdout.replacing(/\s+/, with: " ")
        #expect(text.contains("hatred 1 token: ␣hatred (13763); at the start of a text 2 tokens: hat (5183) + red (445)"))
        #expect(text.contains("ok 1 token: ␣ok (12876); at the start of a text 1 token: ok (482)"))
    }

    /// What ends in punctuation joins a full stop after it, which changes its tokens: no shipped carrier has one there.
    @Test func punctuationIsPartOfAWord() throws {
        let rows = try rows("hey!", "don't", "...", "ok")
        #expect(rows.allSatisfy { $0.n == 12 })
        #expect(rows.filter { $0.depth == 0 }.map(\.token) == ["!", "'t", " ...", " ok"])
    }

    @Test func aCarrierThatChangesAWordIsLeftOutForAll() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("carriers.txt", "I feel {} now\nWe feel {} too\nI feel {}!\n")
        #expect(try rows("hey!", "ok", "--carriers-file", file).allSatisfy { $0.n == 2 })
        #expect(try actrec("compare", "hey!", "ok", "--carriers-file", file).stdout.contains("1 carrier was left out"))
        let only = try directory.write("only.txt", "I feel {}!\n")
        let outcome = try actrec("compare", "hey!", "ok", "--carriers-file", only)
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains("no carrier takes 'hey!'"))
    }

    @Test func composedAndDecomposedLettersAreTwoWords() throws {
        let rows = try rows("caf\u{e9}", "cafe\u{301}")
        #expect(rows.count == 26)
        #expect(Set(rows.map(\.piece_of)).count == 2)
    }

    @Test(arguments: [
        (["hatred"], "two words"), ([], "two words"), (["ok", ""], "a word is empty"), (["ok", "  "], "a word is empty"),
        (["ok", "ok"], "'ok' is given twice"), (["ok", " ok"], "'ok' is given twice"),
        (["a", "b", "--carriers-file", "/nowhere"], "cannot read /nowhere"), (["a", "b", "-m", "nothing"], "no model 'nothing'"),
    ])
    func whatCannotBeComparedIsSaidInALine(_ arguments: [String], _ reason: String) throws {
        let outcome = try actrec(["compare"] + arguments)
        #expect(outcome.code != 0)
        #expect(outcome.stdout.isEmpty)
        #expect(outcome.stderr.contains(reason), "\(outcome.stderr)")
    }

    @Test func theListedCarriersAreAFileOfCarriers() throws {
        let listed = try actrec("compare", "--carriers")
        #expect(listed.stdout.split(separator: "\n").count == 12)
        let directory = try TemporaryDirectory()
        let file = try directory.write("carriers.txt", listed.stdout)
        #expect(try actrec("compare", "a", "b", "--carriers-file", file).stdout == actrec("compare", "a", "b").stdout)
    }

    @Test func nothingIsLeftBehindUnlessAskedFor() throws {
        let directory = try TemporaryDirectory()
        #expect(try actrec("compare", "hatred", "ok", environment: ["TMPDIR": directory.path], directory: directory.path).code == 0)
        #expect(try directory.names().isEmpty)
    }

    /// The layout only: digits depend on the processor's vector width.
    @Test func theLayoutIsTheSnapshot() throws {
        let text = try actrec("compare", "hatred", "ok").stdout.replacing(/[0-9]/, with: "0").replacing(/[▁▂▃▄▅▆▇█]/, with: "▄")
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let difference = try Snapshot("Tests/CommandTests/Snapshots/compare/hatred-ok.txt").difference(from: text)
        #expect(difference == nil)
    }

    @Test func hostileWordsAreShownEscaped() throws {
        let outcome = try actrec("compare", "a\u{1b}[2Jb", "\u{202e}abc")
        #expect(outcome.code == 0)
        #expect(!outcome.output.contains(0x1B) && !outcome.stdout.contains("\u{202e}"))
        #expect(outcome.stdout.contains("a\\e[2Jb"))
    }

    @Test func moreWordsContinueBelow() throws {
        let text = try actrec("compare", "hatred", "ok", "love", "antidisestablishmentarianism", "日本").stdout
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
}
