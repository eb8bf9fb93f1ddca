import Foundation
import TestSupport
import Testing

/// `tokenize` from the outside.
@Suite struct TokenizeTests {
    private struct Line: Decodable {
        let number: Int
        let text: String?
        let ids: [Int]
        let pieces: [String]
    }

    private func lines(_ arguments: String..., input: String = "") throws -> [Line] {
        let outcome = try actrec(["tokenize", "--format", "jsonl"] + arguments, input: input)
        #expect(outcome.code == 0, "\(outcome.stderr)")
        return try outcome.output.split(separator: 0x0A).map { try JSONDecoder().decode(Line.self, from: Data($0)) }
    }

    @Test(arguments: ["table", "csv", "tsv", "json", "jsonl", "markdown"])
    func everyFormatIsTheSnapshot(_ format: String) throws {
        let outcome = try actrec("tokenize", "They said \"hatred\", ok", "日本 =1\t|", "--format", format)
        #expect(outcome.code == 0)
        #expect(outcome.stderr.isEmpty)
        let difference = try Snapshot("Tests/CommandTests/Snapshots/tokenize/\(format).txt").difference(from: outcome.stdout)
        #expect(difference == nil)
    }

    @Test func theHeaderCanBeLeftOutAndFormulasGuarded() throws {
        #expect(try actrec("tokenize", "=1", "--format", "csv", "--no-header").stdout == "1,0,28,=\n1,1,16,1\n")
        #expect(
            try actrec("tokenize", "=1", "--format", "csv", "--csv-safe").stdout
                == "number,position,id,piece\n1,0,28,'=\n1,1,16,1\n")
    }

    /// Pieces that stumble easily. Tokens may be smaller than pieces, so these are texts whose tokens are known.
    @Test(arguments: [
        ("I'LL don't 'S", [40, 6, 3069, 836, 470, 705, 50]), ("can't've", [5171, 470, 1053]), ("x 's", [87, 705, 82]),
        ("''ll", [7061, 297]), ("a  b", [64, 220, 275]), ("a   ", [64, 220, 220, 220]), ("a\r\nb", [64, 201, 198, 65]),
        (" \t\n x", [220, 197, 198, 2124]), ("\u{a0}\u{a0}x", [1849, 1849, 87]),
        ("½ ² ٣ Ⅷ 一", [23141, 1587, 110, 18923, 96, 2343, 227, 100, 220, 31660]), ("e\u{301}", [68, 136, 223]),
        ("<|endoftext|>", [27, 91, 437, 1659, 5239, 91, 29]), (" hatred", [13763]), ("hatred", [5183, 445]), (" ok", [12876]),
        ("ok", [482]), ("OK", [11380]), ("war violence hate fear", [5767, 3685, 5465, 3252]), ("\u{10940}", [172, 238, 98, 222]),
    ])
    func tokensAreHuggingFaces(_ text: String, ids: [Int]) throws {
        let line = try #require(try lines("--", text).first)
        #expect(line.ids == ids)
        #expect(line.text?.utf8.elementsEqual(text.utf8) == true)
        #expect(line.pieces.count == ids.count)
    }

    @Test func aSpecialTokenIsOneOnRequest() throws {
        #expect(try lines("<|endoftext|>", "--special").map(\.ids) == [[50256]])
    }

    @Test func inputsAreNumberedAndMayBeFilesOrIds() throws {
        #expect(try lines("--file", "-", input: "one\n\ntwo\n").map(\.number) == [1, 3])
        let ids = try lines("--token-ids", "13763 12876")
        #expect(ids.map(\.pieces) == [[" hatred", " ok"]])
        #expect(ids[0].text == nil)
    }

    @Test func bytesThatAreNoCharacterAreShownAsBytes() throws {
        let line = try #require(try lines("\u{9F98}a\u{1}").first)
        #expect(line.pieces.dropLast(2).joined() == "\\xe9\\xbe\\x98")
    }

    @Test func aPipeThatNobodyReadsEndsItQuietly() throws {
        let program = try RunningProgram(
            Executable.path(), ["tokenize", "--file", "-", "--format", "csv"], keepsOutput: false)
        program.feed(String(repeating: "They said that hatred was ok.\n", count: 20_000))
        let outcome = program.wait()
        #expect(outcome.code == 0)
        #expect(outcome.stderr.isEmpty)
    }

    static let hostile = "\u{1b}]52;c;aGk=\u{7} \u{202e}abc \u{1b}[2J"

    /// `script` gives the program a terminal; it is not on every system.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "needs script(1)"), arguments: ["", "1"])
    func hostileTokensAreShownEscapedOnATerminal(_ noColor: String) throws {
        let command = "\(try Executable.path()) tokenize --file \"$FILE\""
        let directory = try TemporaryDirectory()
        let file = try directory.write("in.txt", Self.hostile + "\n")
        #if os(Linux)
        let arguments = ["-q", "-e", "-c", command, "/dev/null"]
        #else
        let arguments = ["-q", "/dev/null", "/bin/sh", "-c", command]
        #endif
        let environment = ["FILE": file, "NO_COLOR": noColor, "TERM": "xterm"]
        let outcome = try RunningProgram("/usr/bin/script", arguments, environment: environment).wait()
        #expect(outcome.code == 0)
        #expect(outcome.stdout.contains("\\e"))
        #expect(!outcome.stdout.contains("\u{1b}]52"))
        #expect(!outcome.stdout.contains("\u{1b}[2J"))
        #expect(!outcome.stdout.contains("\u{202e}"))
        #expect(!outcome.output.contains(0x07))
        if !noColor.isEmpty { #expect(!outcome.output.contains(0x1B)) }
    }
}
