import Foundation
import GRDB
import TestSupport
import Testing

/// `record` from the outside: the file it makes, and what it says.
@Suite struct RecordTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
    }

    private func strings(_ sql: String) throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration).read { try String.fetchAll($0, sql: sql) }
    }

    @Test func textsAreRecordedAndCanBeAskedFor() throws {
        let outcome = try actrec("record", "They said hatred was ok.", "war violence hate fear", "-o", path, "--label", "first")
        #expect(outcome.code == 0)
        #expect(outcome.output.isEmpty)
        #expect(
            outcome.stderr.wholeMatch(
                of: /actrec: run 1 in .*run\.db: 2 sequences, 10 tokens, \d+\.\d\d s, \d+ tokens\/s\nactrec: next: actrec info .*\n/
            ) != nil
        )
        #expect(
            try strings("SELECT token FROM token_statistics WHERE depth = 0 ORDER BY sequence_id, position")
                == ["They", " said", " hatred", " was", " ok", ".", "war", " violence", " hate", " fear"])
        #expect(try strings("SELECT label || ' ' || status || ' ' || tokens FROM runs") == ["first complete 10"])
        #expect(try strings("SELECT count(*) FROM token_statistics") == ["130"])
        #expect(try directory.names() == ["run.db"])
    }

    @Test func theDefaultOutputIsInTheWorkingDirectory() throws {
        #expect(try actrec("record", "ok", directory: directory.path).code == 0)
        #expect(try directory.names() == ["run.db"])
    }

    @Test func quietPrintsNothing() throws {
        let outcome = try actrec("record", "ok", "", "-q", "-o", path)
        #expect(outcome.code == 0)
        #expect(outcome.output.isEmpty)
        #expect(outcome.stderr.isEmpty)
    }

    @Test func skippedTextsAreCounted() throws {
        #expect(try actrec("record", "ok", "", "", "-o", path).stderr.contains("skipped 2 empty texts\n"))
    }

    @Test func standardInputIsALineASequence() throws {
        #expect(try actrec("record", "--file", "-", "-o", path, input: "one\r\n\ntwo").code == 0)
        #expect(try strings("SELECT number || ' ' || text FROM sequences ORDER BY number") == ["1 one", "3 two"])
        #expect(try strings("SELECT input FROM runs") == ["standard input"])
    }

    @Test func standardInputCanHoldJSONLines() throws {
        let line = #"{"ids": [5, 17], "source": "hand"}"# + "\n"
        #expect(try actrec("record", "--file", "-", "--input-jsonl", "-o", path, input: line).code == 0)
        #expect(try strings("SELECT token_count || ' ' || metadata FROM sequences") == [#"2 {"source":"hand"}"#])
    }

    @Test func noTerminalMeansNoBarAndNoColour() throws {
        let outcome = try actrec("record", "ok", "-o", path)
        #expect(!outcome.errors.contains(0x1B) && !outcome.errors.contains(0x0D))
    }

    @Test func capturedVectorsAndPredictionsAreThere() throws {
        #expect(try actrec("record", "ok then", "-o", path, "-c", "loss,blocks.2.attn.hook_z", "--float16", "-q").code == 0)
        #expect(
            try strings("SELECT DISTINCT hook || ' ' || head_count || ' ' || dtype FROM activation_vectors") == [
                "blocks.2.attn.hook_z 4 float16"
            ])
        #expect(try strings("SELECT length(vector) FROM activation_vectors") == ["256", "256"])
        #expect(try strings("SELECT count(*) || ' ' || count(rank) FROM token_predictions") == ["2 1"])
    }

    @Test func aLogitThatIsAskedForIsDivided() throws {
        let attribution = ["record", "They said that hatred was", "-o", path, "-q", "-c", "attribution"]
        #expect(try actrec(attribution + ["--answer", " not", "--against", " ok"]).code == 0)
        #expect(
            try strings("SELECT DISTINCT answer || '|' || against || '|' || count(*) FROM attributed_logits") == [" not| ok|5"])
        #expect(
            try actrec(attribution + ["--answer", " not so"]).stderr
                == "actrec: error: --answer ' not so' is 2 tokens, ' not' ' so'; give a text of one token\n")
        for (options, what) in [
            (["-c", "loss", "--answer", " not"], "--answer goes with --capture attribution."),
            (["-c", "attribution", "--against", " not"], "--against goes with --answer."),
        ] {
            let outcome = try actrec(["record", "They", "-o", path] + options)
            #expect(outcome.code == 64 && outcome.stderr.contains(what), "\(outcome.stderr)")
        }
    }

    @Test func specialAndBeginTokensAreTakenOnRequest() throws {
        let ids = "SELECT token_id FROM tokens ORDER BY token_key"
        #expect(try actrec("record", "ok<|endoftext|>", "--special", "--bos", "-o", path, "-q").code == 0)
        #expect(try strings(ids) == ["50256", "482", "50256"])
    }

    @Test func aLongTextIsCutOrRecordedInParts() throws {
        let text = String(repeating: " ok", count: 1030)
        #expect(try actrec("record", text, "--truncate", "-o", path, "-q", "-c", "ln_final.hook_scale").code == 0)
        #expect(try actrec("record", text, "--window", "-o", path, "-q", "-c", "ln_final.hook_scale").code == 0)
        #expect(
            try strings("SELECT run_id || ' ' || part || ' ' || token_count FROM sequences ORDER BY sequence_id")
                == ["1 0 1024", "2 0 1024", "2 1 6"])
    }

    @Test func theSchemaIsTheOneOfTheFile() throws {
        let outcome = try actrec("schema")
        #expect(outcome.code == 0)
        #expect(outcome.stdout == (try String(contentsOf: Paths.root.appendingPathComponent("schema/schema.sql"), encoding: .utf8)))
    }

    @Test func progressForProgramsIsLinesOfJSON() throws {
        let directory = try TemporaryDirectory()
        func record(_ progress: String) throws -> [String] {
            let outcome = try actrec(
                ["record", "--progress", progress, "-o", "run.db", "--batch-tokens", "1", "one", "two", "three"],
                directory: directory.path)
            #expect(outcome.code == 0)
            return outcome.stderr.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("actrec: ") }
        }
        let lines = try record("lines")
        #expect(!lines.isEmpty)
        for line in lines {
            let state = try JSONDecoder().decode([String: Double].self, from: Data(line.utf8))
            #expect(state["tokens"] ?? 0 >= 1)
            #expect(0.3...1 ~= state["fraction"] ?? 0)
        }
        #expect(try record("bar").isEmpty)  // no terminal
        #expect(try record("none").isEmpty)
    }
}
