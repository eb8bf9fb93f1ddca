import Output
import Queries
import TestSupport
import Testing

/// What a person sees in a terminal of 80 columns and 24 lines.
@Suite(.serialized) struct TerminalTests {
    /// A file that every named query has an answer in.
    final class Recorded: Sendable {
        let directory: TemporaryDirectory
        let schemes: String
        let run: String

        init() throws {
            directory = try TemporaryDirectory()
            schemes = directory.place("schemes.db")
            run = directory.place("run.db")
            let texts = [
                "We know that hatred never helped.", "We know that ok never helped.", "We know that hatred always returns.",
                "They spoke of war, violence, hate and fear.",
            ]
            // An edited run is compared with one before it, and has no shares, which the newest run is asked for.
            let whole = ["record", "-o", run, "--capture", "norm,shares,patterns,loss,lens,attribution", "--quiet"] + texts
            let edited = ["record", "-o", run, "--capture", "loss", "--quiet", "--edit", "blocks.0.attn.hook_z[1] = 0"] + texts
            for arguments in [whole, edited, whole, whole] { _ = try actrec(arguments) }
            _ = try actrec(["ablate", "-o", run] + texts)
            _ = try actrec(["schemes", "-o", schemes, "--quiet"] + texts)
        }
    }

    private static let recorded = Result { try Recorded() }

    /// What the command prints, with the pager's start marked where it takes over.
    private func lines(_ arguments: [String], pager: String = "cat") throws -> [String] {
        let outcome = try actrec(arguments, environment: ["PAGER": pager, "TERM": "xterm"], terminal: (80, 24))
        #expect(outcome.code == 0, "\(arguments): \(outcome.stderr)")
        return outcome.stdout.replacing("\u{1b}[1m", with: "").replacing("\u{1b}[0m", with: "").split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
    }

    private func fits(_ lines: [String], _ what: String) {
        for line in lines { #expect(DisplayWidth.of(line) <= 80, "\(what): \(line)") }
        #expect(!lines.contains { $0.contains("RECORD") })
    }

    @Test(arguments: Queries.names) func everyQueryFits(_ name: String) throws {
        let recorded = try Self.recorded.get()
        let query = try #require(try Queries.named(name))
        let lines = try lines(["query", name == "normalization_schemes" ? recorded.schemes : recorded.run, name])
        fits(lines, name)
        // The columns that answer, and a row of them, are on the first screen.
        let screen = lines.prefix(24)
        let all = query.columns.map(\.name)
        let names = try #require(screen.first).split(separator: " ").map(String.init)
        #expect(names == query.shown || names == all, "\(name): \(names)")
        #expect(screen.count > 2 && screen[2] != "(no rows)")
        let others = all.count - names.count
        let remark = lines.first { $0.contains(" more column") }
        #expect((remark != nil) == (others > 0), "\(name)")
        if others > 0 { #expect(remark?.hasPrefix("\(others) more column") == true, "\(name): \(remark ?? "")") }
    }

    @Test func theListOfQuestionsFits() throws {
        let lines = try lines(["query", Self.recorded.get().run])
        fits(lines, "query")
        #expect(lines.first?.hasPrefix("how_many_statistics") == true)
    }

    @Test func verifySaysItsVerdictFirstAndLast() throws {
        let lines = try lines(["verify", Self.recorded.get().run])
        fits(lines, "verify")
        #expect(lines[0].wholeMatch(of: /\d+ checks passed, \d+ have nothing to compare/) != nil, "\(lines[0])")
        let piped = try actrec("verify", Self.recorded.get().run)
        #expect(piped.stderr.hasSuffix(": \(lines[0])\n"))
        #expect(piped.stdout.hasPrefix("check"))
    }

    @Test func infoAndRunsFit() throws {
        let run = try Self.recorded.get().run
        let info = try lines(["info", run])
        fits(info, "info")
        let screen = info.prefix(24)
        #expect(screen.first == "File" && screen.contains("Models") && screen.contains("Runs"))
        #expect(
            screen.contains { $0.contains("n_layers 6") } && screen.contains { $0.contains("7 tokens") || $0.contains("tokens;") })
        let runs = try lines(["runs", run])
        fits(runs, "runs")
        // All runs and which of them queries take.
        #expect(runs.prefix(24).count { $0.contains("complete") } == 4)
        #expect(runs.prefix(24).contains { $0.contains("yes") })
    }

    /// `dumb` has neither colours nor a cursor to move.
    @Test func aDumbTerminalGetsTextAlone() throws {
        let run = try Self.recorded.get().run
        for arguments in [["query", run, "token_variance"], ["verify", run], ["info", run]] {
            let outcome = try actrec(arguments, environment: ["PAGER": "cat", "TERM": "dumb"], terminal: (80, 24))
            #expect(outcome.code == 0 && !outcome.stdout.contains("\u{1b}"), "\(arguments)")
        }
    }

    @Test func compareSaysItsAnswerFirst() throws {
        let lines = try lines(["compare", "hatred", "ok"])
        fits(lines, "compare")
        #expect(lines.prefix(24).joined(separator: " ").contains("'hatred' has"))
    }

    @Test func schemesFit() throws {
        let directory = try TemporaryDirectory()
        let lines = try lines(["schemes", "A word is a unit.", "-o", directory.place("s.db")])
        fits(lines, "schemes")
        #expect(lines.prefix(24).contains { $0.hasPrefix("sequence ") })
    }

    @Test(arguments: [40, 60, 80, 132, 400]) func anyWidthIsKept(_ width: Int) throws {
        let run = try Self.recorded.get().run
        let outcome = try actrec(
            ["sql", run, "SELECT * FROM token_statistics LIMIT 3"], environment: ["PAGER": "cat"], terminal: (width, 24))
        #expect(
            outcome.stdout.split(separator: "\n").allSatisfy {
                DisplayWidth.of(String($0).replacing(/\u{1b}\[\d?m/, with: "")) <= width
            })
        #expect(outcome.stdout.contains("more columns") == (width < 400))
    }

    @Test func wideAndColumnsShowWhatIsAskedFor() throws {
        let run = try Self.recorded.get().run
        let wide = try lines(["query", run, "token_variance", "--wide"])
        #expect(wide[0].split(separator: " ").map(String.init) == (try Queries.named("token_variance")?.columns.map(\.name)))
        #expect(!wide.contains { $0.contains("more column") })
        let chosen = try lines(["query", run, "token_variance", "--columns", "max-variance,site"])
        #expect(chosen[0].split(separator: " ") == ["max_variance", "site"])
        let piped = try actrec("query", run, "token_variance", "--columns", "token,n", "--csv")
        #expect(piped.stdout.hasPrefix("token,n\n"))
        let unknown = try actrec("query", run, "token_variance", "--columns", "max_varience")
        #expect(unknown.code == 1)
        #expect(unknown.stderr.contains("no column 'max_varience'; did you mean max_variance?"))
    }

    @Test func pipedAnswersAreWhole() throws {
        let run = try Self.recorded.get().run
        let piped = try actrec("query", run, "token_variance").stdout
        #expect(piped.split(separator: "\n")[0].split(separator: " ").count == 10)
        for shorthand in ["--csv", "--tsv", "--json", "--jsonl", "--markdown"] {
            let long = try actrec("query", run, "token_variance", "--format", String(shorthand.dropFirst(2)))
            #expect(try actrec("query", run, "token_variance", shorthand).stdout == long.stdout, "\(shorthand)")
        }
    }

    @Test func onlyLongAnswersGoToThePager() throws {
        let run = try Self.recorded.get().run
        let pager = "sed 's/^/> /'"
        let long = try lines(["query", run, "head_writes"], pager: pager)
        #expect(long.dropLast().allSatisfy { $0.hasPrefix("> ") })
        let short = try lines(["query", run, "how_many_statistics"], pager: pager)
        #expect(!short.contains { $0.hasPrefix("> ") })
        let without = try lines(["query", run, "head_writes", "--no-pager"], pager: pager)
        #expect(!without.contains { $0.hasPrefix("> ") })
        #expect(long.map { String($0.dropFirst($0.hasPrefix("> ") ? 2 : 0)) } == without)
        // A pager that is left early is not an error.
        #expect(try lines(["query", run, "head_writes"], pager: "head -1").count == 2)
        let piped = try actrec(["query", run, "head_writes"], environment: ["PAGER": pager])
        #expect(!piped.stdout.contains("> "))
    }
}
