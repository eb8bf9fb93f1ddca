import Output
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
              actrec query run.db token_variance hatred ok
              actrec report run.db

            Exit status: 0 when all went well, else
            \(Failure.allCases.map { "  " + "\($0.rawValue)".padding(toLength: 5, withPad: " ", startingAt: 0) + $0.summary }.joined(separator: "\n"))
            """,
        version: RecordingVersion.current,
        subcommands: [
            RecordCommand.self, CompareCommand.self, SchemesCommand.self, PatchCommand.self, AblateCommand.self, QueryCommand.self,
            SQLCommand.self, ReportCommand.self,
            RunsCommand.self, InfoCommand.self, VerifyCommand.self, ExportCommand.self, MergeCommand.self, TokenizeCommand.self,
            ModelCommand.self, SchemaCommand.self,
        ])

    static func main() {
        prepareStandardStreams()
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            try suggestCommand(for: arguments, of: Self.self)
            var command = try parseAsRoot(SQLCommand.guardingComments(arguments))
            try command.run()
        } catch {
            exit(withError: error)
        }
    }

    /// Says which command is meant where none has the name that was typed.
    private static func suggestCommand(for arguments: [String], of command: any ParsableCommand.Type) throws {
        let commands = command.configuration.subcommands
        guard !commands.isEmpty, let typed = arguments.first, !typed.hasPrefix("-"), typed != "help" else { return }
        let names = commands.compactMap { $0.configuration.commandName }
        guard let index = names.firstIndex(of: typed) else {
            throw ValidationError("\(UnknownName(kind: "command", name: typed, known: names))")
        }
        try suggestCommand(for: Array(arguments.dropFirst()), of: commands[index])
    }
}
