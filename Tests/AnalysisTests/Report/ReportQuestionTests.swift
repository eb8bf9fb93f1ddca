import Foundation
import Reading
import Reporting
import TestSupport
import Testing

/// What the page says and draws of recordings made for one question: words compared, schemes, edits.
@Suite struct ReportQuestionTests {
    private struct Page {
        let html: String
        /// The pictures' names and what each holds, as a browser draws them; nil without Chromium.
        let drawn: String?
    }

    private static let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private func page(_ arguments: [[String]], in file: String = "run.db") throws -> Page {
        let directory = try TemporaryDirectory()
        let database = directory.place(file)
        for arguments in arguments {
            let outcome = try actrec(arguments + ["-o", database])
            #expect(outcome.code == 0, "\(outcome.stderr)")
        }
        let html = try Report(of: ReadOnlyDatabase(path: database)).html
        let path = directory.place("page.html")
        try html.write(toFile: path, atomically: true, encoding: .utf8)
        return Page(html: html, drawn: try Self.chromium.map { try Self.document(of: path, by: $0, in: directory) })
    }

    /// The document once its script has run.
    private static func document(of path: String, by chromium: String, in directory: TemporaryDirectory) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: chromium)
        process.arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + directory.place("profile"),
            "--window-size=1280,900",
            "--dump-dom", URL(fileURLWithPath: path).absoluteString,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// How often a mark of this class stands in a picture.
    private func count(_ mark: String, in picture: String, of document: String) throws -> Int {
        let start = try #require(document.range(of: "data-picture=\"\(picture)\"")).upperBound
        let end = document.range(of: "<figcaption", range: start..<document.endIndex)?.lowerBound ?? document.endIndex
        return document[start..<end].components(separatedBy: mark).count - 1
    }

    @Test func comparedWordsAreShownAsRatiosWithIntervals() throws {
        let page = try page([["compare", "hatred", "ok"]], in: "words.db")
        #expect(page.html.contains("<h1>Comparing hatred, ok</h1>"))
        #expect(
            page.html.contains("“hatred” enters the norms with a higher variance than “ok” at 13 of 13 sites, over 12 carriers"))
        #expect(page.html.contains("Is “hatred” spikier than “ok” before normalization?"))
        guard let drawn = page.drawn else { return }
        #expect(try count("class=\"whisker", in: "compare", of: drawn) == 13)
        #expect(try count("class=\"dot c", in: "kurtosis", of: drawn) == 26)
        #expect(try count("class=\"line c", in: "curves", of: drawn) == 2)
    }

    @Test func schemesAreShownSideBySideFromTheModelsOwnRun() throws {
        let page = try page([["schemes", "--quiet", "War, violence, hate and fear."]])
        #expect(page.html.contains("<dt>Run</dt><dd>2, schemes: token</dd>"))
        #expect(page.html.contains("A later token changes earlier ones under: feature"))
        guard let drawn = page.drawn else { return }
        #expect(try count("<svg", in: "schemes", of: drawn) == 5)
        #expect(try count("class=\"row\"", in: "schemes", of: drawn) == 25)
    }

    @Test func anEditedRunShowsWhatItsEditsDid() throws {
        let base = ["record", "--quiet", "We know that hatred never helped.", "--capture", "stats,loss,patterns"]
        let edited = [
            "record", "--quiet", "We know that hatred never helped.", "--capture", "loss", "--edit", "blocks.0.attn.hook_z[1] = 0",
        ]
        let page = try page([base, edited])
        #expect(page.html.contains("1 edit wrote 224 values. The loss over the tokens shown goes from"))
        // It recorded no norms: the text is coloured by surprise, and nothing is counted.
        #expect(!page.html.contains("How many statistics does the norm compute?</h2>"))
        guard let drawn = page.drawn else { return }
        #expect(try count("class=\"row\"", in: "effects", of: drawn) == 6)
        #expect(try count("<tr>", in: "edits", of: drawn) == 2)
        // Position 0 has no surprise; the class "sink" is the legend's.
        #expect(try count("class=\"token s", in: "text", of: drawn) - count("class=\"token sink", in: "text", of: drawn) == 6)
    }

    @Test func whatWasCapturedColoursTheText() throws {
        let page = try page([["record", "--quiet", "We know that hatred never helped.", "--capture", "stats,loss,patterns,shares"]])
        guard let drawn = page.drawn else { return }
        for name in ["surprise", "attention to position 0"] { #expect(drawn.contains("> \(name)</label>")) }
        #expect(try count("<td", in: "attention", of: drawn) == 24)
        #expect(try count("<svg", in: "shares", of: drawn) == 2)
    }

    @Test func aTokenTwiceAtOnePositionAnswersForContexts() throws {
        let texts = ["We know that hatred never helped.", "We know that ok never helped."]
        let page = try page([["record", "--quiet"] + texts])
        #expect(page.html.contains("has the same variance to the bit at every site (3 groups)"))
        let alone = try self.page([["record", "--quiet", texts[0]]])
        #expect(alone.html.contains("Record texts that begin alike"))
    }
}
