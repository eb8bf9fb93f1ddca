import ArgumentParser
import Foundation
import Recording

/// The command line: does what this process's arguments say.
public func runActrec() { Actrec.main() }

struct Actrec: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "actrec",
        abstract: "Record what happens inside a transformer into one SQLite file, and ask it questions in SQL.",
        discussion: """
            First steps:
              actrec record "I feel hatred today." "I feel ok today." -o run.db
              actrec query run.db token_variance -p tokens=hatred,ok
              actrec export run.db -o tokens.csv

            Exit status: 0 when all went well, else
            \(Failure.allCases.map { "  " + "\($0.rawValue)".padding(toLength: 5, withPad: " ", startingAt: 0) + $0.summary }.joined(separator: "\n"))
            """,
        version: RecordingVersion.current,
        subcommands: [
            RecordCommand.self, MergeCommand.self, QueryCommand.self, SQLCommand.self, ExportCommand.self, VerifyCommand.self,
            TokenizeCommand.self, CompareCommand.self, SchemesCommand.self, ReportCommand.self, ModelCommand.self,
            SchemaCommand.self,
        ])

    static func main() {
        prepareStandardStreams()
        do {
            var command = try parseAsRoot(SQLCommand.guardingComments(Array(CommandLine.arguments.dropFirst())))
            try command.run()
        } catch {
            exit(withError: error)
        }
    }
}
