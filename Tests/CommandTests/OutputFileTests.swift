import Foundation
import GRDB
import TestSupport
import Testing

/// Where `-o` writes: into what is no regular file, through links, and never over a file that is not its own.
@Suite struct OutputFileTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        #expect(try actrec("record", "-q", "-o", "run.db", "They said that hatred was ok.", directory: directory.path).code == 0)
    }

    private func run(_ arguments: String...) throws -> Outcome { try actrec(arguments, directory: directory.path) }

    private func bash(_ command: String) throws -> Outcome {
        try RunningProgram("/bin/bash", ["-c", command], environment: ["ACTREC": Executable.path()], directory: directory.path)
            .wait()
    }

    private func text(_ name: String) throws -> String { try String(contentsOfFile: directory.place(name), encoding: .utf8) }

    private func kind(_ name: String) -> mode_t {
        var info = stat()
        return lstat(directory.place(name), &info) == 0 ? info.st_mode & S_IFMT : 0
    }

    private func mode(_ name: String) -> mode_t {
        var info = stat()
        return stat(directory.place(name), &info) == 0 ? info.st_mode & 0o7777 : 0
    }

    /// What each command writes, and how it begins.
    static let outputs = [
        (["export", "run.db", "runs"], "rows.csv", "run_id,"), (["report", "run.db"], "page.html", "<!DOCTYPE html>"),
        (["export", "run.db", "datasette"], "datasette.yaml", "# Made by"),
        (["export", "run.db", "sites"], "sites.parquet", "PAR1"),
    ]

    @Test(arguments: outputs)
    func aPipesReaderGetsTheOutput(_ command: [String], _ name: String, _ start: String) throws {
        let arguments = (command + (name.hasSuffix("parquet") ? ["--format", "parquet"] : [])).map { "'\($0)'" }.joined(
            separator: " ")
        // A Parquet file's end says where its parts are: it is told by its name.
        let place = name.hasSuffix("parquet") ? "pipe.parquet" : "pipe"
        let outcome = try bash(
            "mkfifo \(place) && (cat \(place) > got & \"$ACTREC\" \(arguments) -o \(place); code=$?; wait; exit $code)")
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(kind(place) == S_IFIFO)
        let got = try Data(contentsOf: URL(fileURLWithPath: directory.place("got")))
        #expect(String(decoding: got.prefix(200), as: UTF8.self).hasPrefix(start) && got.count > 300)
    }

    @Test func aShellsProcessGetsTheOutput() throws {
        let outcome = try bash(#""$ACTREC" export run.db runs -o >(cat > got) && sleep 0.3"#)
        #expect(outcome.code == 0, "\(outcome.stderr)")
        try wait(for: "the process") { (try? text("got").hasPrefix("run_id,")) == true }
    }

    @Test func standardOutputByNameIsWrittenAfterWhatIsThere() throws {
        #expect(try bash(#"{ echo first; "$ACTREC" export run.db runs -o /dev/stdout; } > got"#).code == 0)
        #expect(try text("got").hasPrefix("first\nrun_id,"))
        #expect(kind("got") == S_IFREG)
    }

    @Test(arguments: outputs)
    func aLinkStaysALinkAndItsTargetKeepsItsMode(_ command: [String], _ name: String, _ start: String) throws {
        try FileManager.default.createDirectory(atPath: directory.place("far"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: directory.place(name), withDestinationPath: "far/\(name)")
        // A link to nothing makes its target, an empty one is filled.
        #expect(try actrec(command + ["-o", name], directory: directory.path).code == 0)
        chmod(directory.place("far/\(name)"), 0o600)
        let again = try actrec(command + ["-o", name], directory: directory.path)
        #expect(again.code == 0, "\(again.stderr)")
        #expect(kind(name) == S_IFLNK && kind("far/\(name)") == S_IFREG)
        #expect(mode(name) == 0o600)
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.place("far/\(name)"))).starts(with: Array(start.utf8)))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.place("far")) == [name])
    }

    @Test(.enabled(if: geteuid() == 0, "only the superuser makes devices"))
    func aDeviceStaysADevice() throws {
        // A null device of our own.
        guard mknod(directory.place("null"), S_IFCHR | 0o666, 0x103) == 0 else { return }
        #expect(try run("export", "run.db", "runs", "-o", "null").code == 0)
        #expect(kind("null") == S_IFCHR)
    }

    @Test(arguments: outputs)
    func aFileThatIsNotOursIsReplacedByForceOnly(_ command: [String], _ name: String, _ start: String) throws {
        _ = try directory.write(name, "my notes\n")
        let refused = try actrec(command + ["-o", name], directory: directory.path)
        #expect(refused.code == 1)
        #expect(
            refused.stderr
                == "actrec: error: \(name) exists and is no earlier output of this kind; give another file, or --force to replace it\n"
        )
        #expect(try text(name) == "my notes\n")
        #expect(try actrec(command + ["-o", name, "--force"], directory: directory.path).code == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.place(name))).starts(with: Array(start.utf8)))
        #expect(try actrec(command + ["-o", name], directory: directory.path).code == 0, "its own is replaced without a word")
        #expect(try directory.names() == [name, "run.db"].sorted())
    }

    @Test(arguments: ["csv", "tsv", "json", "jsonl", "markdown", "table"])
    func everyFormatKnowsItsEarlierOutput(_ format: String) throws {
        for what in ["token_statistics", "gain_and_bias", "attention_sink", "runs"] {
            let outcome = try run("export", "run.db", what, "--format", format, "-o", "rows")
            #expect(outcome.code == 0, "\(what): \(outcome.stderr)")
        }
        _ = try directory.write("rows", format.hasPrefix("json") ? "{\"name\": 1}\n" : "name,age\n")
        #expect(try run("export", "run.db", "--format", format, "-o", "rows").code == 1)
    }

    @Test func theRecordingIsNeverReplaced() throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: directory.place("run.db")))
        try FileManager.default.createSymbolicLink(atPath: directory.place("link.csv"), withDestinationPath: "run.db")
        for name in ["run.db", "link.csv"] {
            let outcome = try run("export", "run.db", "--format", "csv", "-o", name, "--force")
            #expect(outcome.code == 1 && outcome.stderr.contains("\(name) is the recording itself"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.place("run.db"))) == before)
    }

    @Test func anEndingThatStandsForNoFormatIsRefused() throws {
        let refused = try run("export", "run.db", "-o", "x.xlsx")
        #expect(refused.code == 1 && refused.stderr.contains("no format has the ending .xlsx"))
        #expect(try directory.names() == ["run.db"])
        #expect(try run("export", "run.db", "runs", "-o", "x.xlsx", "--format", "csv").code == 0)
        #expect(try run("export", "run.db", "runs", "-o", "plain").code == 0)
        #expect(try text("plain").hasPrefix("run_id,"))
    }

    @Test func aFailedExportLeavesWhatWasThere() throws {
        #expect(try run("export", "run.db", "runs", "-o", "rows.csv").code == 0)
        let before = try text("rows.csv")
        try DatabaseQueue(path: directory.place("run.db")).write {
            try $0.execute(sql: "DROP VIEW token_statistics; CREATE VIEW token_statistics AS SELECT abs(-9223372036854775808) AS x")
        }
        #expect(try run("export", "run.db", "-o", "rows.csv").code != 0)
        #expect(try text("rows.csv") == before)
        #expect(try directory.names() == ["rows.csv", "run.db"])
    }

    // MARK: Recordings

    @Test func aRecordingThroughALinkIsReadVerifiedAndAddedTo() throws {
        try FileManager.default.createDirectory(atPath: directory.place("far"), withIntermediateDirectories: false)
        try FileManager.default.moveItem(atPath: directory.place("run.db"), toPath: directory.place("far/data.db"))
        try FileManager.default.createSymbolicLink(atPath: directory.place("run.db"), withDestinationPath: "far/data.db")
        #expect(try run("query", "run.db", "position_zero", "--format", "csv").stdout.split(separator: "\n").count == 14)
        #expect(try run("verify", "run.db").code == 0)
        let added = try run("record", "-q", "-o", "run.db", "ok then")
        #expect(added.code == 0, "\(added.stderr)")
        #expect(try run("sql", "run.db", "SELECT count(*) AS n FROM runs", "--format", "csv").stdout == "n\n2\n")
        #expect(kind("run.db") == S_IFLNK)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.place("far")) == ["data.db"])
    }

    /// The lock lies beside the file, whatever it is called.
    @Test func recordersThatComeByALinkAndByNameSeeEachOther() throws {
        try FileManager.default.createSymbolicLink(atPath: directory.place("link.db"), withDestinationPath: "run.db")
        let first = try RunningProgram(
            Executable.path(), ["record", "--file", "-", "--batch-tokens", "1", "-q", "-o", "link.db"], directory: directory.path)
        // More than the pipe and the reader's buffer hold: the sentences before have been taken.
        first.feed("one\ntwo\nthree\n" + String(repeating: "\n", count: 300_000))
        // Once its run is there, it has the lock for good.
        try wait(for: "the run") {
            (try? run("sql", "run.db", "SELECT count(*) AS n FROM runs", "--format", "csv").stdout) == "n\n2\n"
        }
        let second = try run("record", "-q", "-o", "run.db", "two")
        #expect(second.code == 4, "\(second.stderr)")
        #expect(first.wait().code == 0)
    }

    @Test func shardsMergeThroughLinks() throws {
        for index in 1...2 { #expect(try run("record", "-q", "--shard", "\(index)/2", "--token-ids", "1 2").code == 0) }
        try FileManager.default.createDirectory(atPath: directory.place("links"), withIntermediateDirectories: false)
        for index in 1...2 {
            try FileManager.default.createSymbolicLink(
                atPath: directory.place("links/\(index).db"), withDestinationPath: "../shard-\(index)-of-2.db")
        }
        let merged = try run("merge", "-q", "links/1.db", "links/2.db", "-o", "all.db")
        #expect(merged.code == 0, "\(merged.stderr)")
        #expect(try run("verify", "all.db").code == 0)
    }

    @Test(arguments: [["record", "ok"], ["schemes", "ok"], ["compare", "ok", "love"], ["merge", "run.db"]])
    func aRecordingNeedsAFile(_ command: [String]) throws {
        #expect(try bash("mkfifo pipe").code == 0)
        for (place, reason) in [
            ("-", "cannot go to standard output"), ("/dev/null", "it is a pipe or a device"), ("pipe", "it is a pipe or a device"),
        ] {
            let outcome = try actrec(command + ["-o", place], directory: directory.path)
            #expect(
                outcome.code == 2 && outcome.stderr.contains("cannot open \(place): ") && outcome.stderr.contains(reason),
                "\(outcome.stderr)")
        }
        #expect(try directory.names() == ["pipe", "run.db"])
    }

    @Test func whatIsNoFileIsNotWaitedFor() throws {
        #expect(try bash("mkfifo pipe").code == 0)
        for place in ["pipe", "/dev/null"] {
            let outcome = try run("query", place, "position_zero")
            #expect(outcome.code == 2 && outcome.stderr.contains("cannot open \(place): it is no regular file"))
        }
    }

    @Test func anOddNameIsWrittenAndRead() throws {
        for name in [":memory:", "file:x.db?mode=memory", "./-"] {
            #expect(try run("record", "-q", "-o", name, "ok then").code == 0)
            let read = try run("query", name, "position_zero", "--format", "csv")
            #expect(read.code == 0 && read.stdout.split(separator: "\n").count == 14, "\(name): \(read.stderr)")
            #expect(try run("verify", name).code == 0, "\(name)")
        }
    }

    @Test func aQuestionWithoutARecordingIsAnError() throws {
        let outcome = try run("query", "nosuch.db")
        #expect(outcome.code == 2 && outcome.output.isEmpty)
        #expect(outcome.stderr == "actrec: error: cannot open nosuch.db: No such file or directory\n")
        #expect(try run("query", "run.db").stdout.contains("attention_sink(run)"))
    }

    // MARK: Texts

    @Test(arguments: ["record", "tokenize"])
    func aFilesNameGivenAsATextIsWarnedOf(_ command: String) throws {
        _ = try directory.write("text.txt", "one\n")
        let arguments = [command, "text.txt", "no file", "."] + (command == "record" ? ["-q"] : [])
        let outcome = try actrec(arguments, directory: directory.path)
        #expect(outcome.code == 0)
        #expect(
            outcome.stderr
                == "actrec: warning: 'text.txt' is the name of a file, and is taken as a text; for what the file holds: --file 'text.txt'\n"
        )
    }
}
