import TestSupport
import Testing

/// What each command says of itself, word for word.
@Suite struct HelpTests {
    @Test func theHelpOfEveryCommandIsTheSnapshot() throws {
        for command in try CommandTree.read().all {
            let outcome = try actrec(command.path + ["--help"], environment: ["COLUMNS": "80"])
            #expect(outcome.code == 0, "\(command.path)")
            #expect(outcome.stderr.isEmpty, "\(command.path)")
            let name = (["actrec"] + command.path).joined(separator: "-")
            let difference = try Snapshot("Tests/CommandTests/Snapshots/help/\(name).txt").difference(from: outcome.stdout)
            #expect(difference == nil)
        }
    }

    /// A paragraph is wrapped by its width alone: no line breaks off where the next word would have fitted.
    @Test func theHelpIsWrappedOnce() throws {
        for command in try CommandTree.read().all {
            let help = try actrec(command.path + ["--help"], environment: ["COLUMNS": "80"]).stdout
            let lines = help.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            // The usage is the parser's; an example stands on a line of its own.
            for (line, next) in zip(lines, lines.dropFirst()) where !line.hasPrefix("USAGE:") && !next.hasPrefix("actrec ") {
                #expect(line.count <= 80, "\(command.path): \(line)")
                guard let word = next.split(separator: " ").first, word.first?.isLowercase == true, !next.hasPrefix(" "),
                    line.last?.isLetter == true || line.hasSuffix(",")
                else { continue }
                #expect(line.count + 1 + word.count > 74, "\(command.path): \(line) | \(next)")
            }
        }
    }

    @Test func everyCommandAndOptionIsExplained() throws {
        for command in try CommandTree.read().all {
            #expect(command.abstract?.isEmpty == false, "\(command.path)")
            for argument in command.arguments where argument.shouldDisplay {
                #expect(argument.abstract?.isEmpty == false, "\(command.path) \(argument.valueName ?? "")")
            }
        }
    }

    @Test func helpForACommandIsTheSameHoweverItIsAskedFor() throws {
        for command in try CommandTree.read().all where !command.path.isEmpty {
            #expect(try actrec(["help"] + command.path).stdout == actrec(command.path + ["--help"]).stdout, "\(command.path)")
        }
    }

    @Test func theProgramAloneShowsItsHelp() throws {
        #expect(try actrec().stdout == actrec("--help").stdout)
    }

    @Test func theVersionIsANumber() throws {
        let outcome = try actrec("--version")
        #expect(outcome.code == 0)
        #expect(outcome.stdout.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }
}
