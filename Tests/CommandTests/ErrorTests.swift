import Foundation
import TestSupport
import Testing

/// What the program says when it cannot do what it was asked, and its exit code.
@Suite struct ErrorTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    struct Case: CustomTestStringConvertible {
        let name: String
        let arguments: [String]
        var files: [String: [UInt8]] = [:]

        init(_ name: String, _ arguments: [String], files: [String: [UInt8]] = [:]) {
            (self.name, self.arguments, self.files) = (name, arguments, files)
        }

        var testDescription: String { name }
    }

    static let cases = [
        Case("no-text", ["record"]),
        Case("two-inputs", ["record", "ok", "--token-ids", "1"]),
        Case("truncate-and-window", ["record", "ok", "--truncate", "--window"]),
        Case("no-threads", ["record", "ok", "--threads=-1"]),
        Case("no-batch", ["record", "ok", "--batch-tokens", "0"]),
        Case("unknown-option", ["record", "ok", "--colour"]),
        Case("unknown-command", ["recrod", "ok"]),
        Case("unknown-model", ["record", "ok", "--model", "gpt5"]),
        Case("model-to-pull", ["record", "ok", "--model", "gpt2"]),
        Case("empty-model", ["record", "ok", "--model", "DIR"]),
        Case("unknown-capture", ["record", "ok", "--capture", "nrom"]),
        Case("capture-without-match", ["record", "ok", "--capture", "blocks.9.*"]),
        Case("missing-file", ["record", "--file", "DIR/missing.txt"]),
        Case("directory-as-file", ["record", "--file", "DIR"]),
        Case("empty-text", ["record", ""]),
        Case("empty-file", ["record", "--file", "DIR/in.txt"], files: ["in.txt": []]),
        Case("only-newlines", ["record", "--file", "DIR/in.txt"], files: ["in.txt": Array("\n\r\n\n".utf8)]),
        Case("too-long", ["record", String(repeating: " ok", count: 1025)]),
        Case("id-beyond-vocabulary", ["record", "--token-ids", "5 50257"]),
        Case("id-that-is-no-number", ["record", "--token-ids", "5 x"]),
        Case("invalid-utf8", ["record", "--file", "DIR/in.txt"], files: ["in.txt": Array("ok\nok ".utf8) + [0xC0, 0x80, 0x0A]]),
        Case(
            "bad-json", ["record", "--file", "DIR/in.jsonl"], files: ["in.jsonl": Array("{\"text\": \"ok\"}\n{\"txt\": 1}\n".utf8)]),
        Case("text-without-tokenizer", ["record", "ok", "--model", "FIXTURE"]),
        Case("tokenize-without-tokenizer", ["tokenize", "ok", "--model", "FIXTURE"]),
        Case("not-a-recording", ["record", "ok", "-o", "DIR/notes.txt"], files: ["notes.txt": Array("some notes\n".utf8)]),
        Case("output-is-a-directory", ["record", "ok", "-o", "DIR"]),
        Case("output-in-no-directory", ["record", "ok", "-o", "DIR/none/run.db"]),
        Case("output-without-a-name", ["record", "ok", "-o", ""]),
        Case("shard-out-of-range", ["record", "ok", "--shard", "8/7"]),
        Case("shard-without-an-array", ["record", "ok", "--shard", "slurm"]),
        Case("merge-without-output", ["merge", "DIR/a.db"]),
        Case("merge-without-manifest", ["merge", "DIR/a.db", "-o", "DIR/all.db"], files: ["a.db": []]),
        Case(
            "merge-with-foreign-manifest", ["merge", "DIR/a.db", "-o", "DIR/all.db"],
            files: ["a.db": [], "a.db.manifest.json": Array("[]".utf8)]),
        Case("sql-without-statement", ["sql", "DIR/run.db"]),
        Case("sql-twice", ["sql", "DIR/run.db", "SELECT 1", "--file", "DIR/mine.sql"]),
        Case("sql-missing-file", ["sql", "DIR/run.db", "--file", "DIR/mine.sql"]),
        Case("sql-directory-as-file", ["sql", "DIR/run.db", "--file", "DIR"]),
        Case(
            "sql-invalid-utf8", ["sql", "DIR/run.db", "--file", "DIR/mine.sql"],
            files: ["mine.sql": Array("SELECT '".utf8) + [0xE9]]),
        Case(
            "sql-too-long", ["sql", "DIR/run.db", "--file", "DIR/mine.sql"],
            files: ["mine.sql": Array(repeating: 0x20, count: 1_000_001)]),
        Case("unknown-format", ["tokenize", "ok", "--format", "xml"]),
        Case("info-unknown-model", ["model", "info", "gpt5"]),
        Case("pull-no-name", ["model", "pull", "../gpt2"]),
        Case("pull-two-revisions", ["model", "pull", "gpt2@v1", "--revision", "v2"]),
    ]

    @Test(arguments: cases)
    func theMessageIsTheSnapshot(_ test: Case) throws {
        for (name, bytes) in test.files { _ = try directory.write(name, bytes) }
        let fixture = Paths.fixture("odd")
        let arguments = test.arguments.map {
            $0.replacingOccurrences(of: "DIR", with: directory.path).replacingOccurrences(of: "FIXTURE", with: fixture)
        }
        let outcome = try actrec(arguments, directory: directory.path)
        #expect(outcome.code != 0)
        #expect(outcome.output.isEmpty)
        let text = outcome.transcript(replacing: [directory.path: "DIR", fixture: "FIXTURE"])
        let difference = try Snapshot("Tests/CommandTests/Snapshots/errors/\(test.name).txt").difference(from: text)
        #expect(difference == nil)
        #expect(try directory.names() == test.files.keys.sorted(), "it left something behind")
    }
}
