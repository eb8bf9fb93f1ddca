import Foundation
import TestSupport

/// The program's commands, as it describes them itself.
struct CommandTree: Decodable {
    struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var arguments: [Argument]?
        var subcommands: [Command]?
    }

    struct Argument: Decodable {
        var abstract: String?
        var shouldDisplay: Bool
        var valueName: String?
    }

    /// A command and the words that lead to it.
    struct Entry {
        let path: [String]
        let abstract: String?
        let arguments: [Argument]
    }

    let command: Command

    static func read() throws -> CommandTree {
        try JSONDecoder().decode(CommandTree.self, from: Data(actrec("--experimental-dump-help").output))
    }

    /// Every command but `help`, from the root down.
    var all: [Entry] { entries(command, path: []) }

    private func entries(_ command: Command, path: [String]) -> [Entry] {
        [Entry(path: path, abstract: command.abstract, arguments: command.arguments ?? [])]
            + (command.subcommands ?? []).filter { $0.commandName != "help" }.flatMap { entries($0, path: path + [$0.commandName]) }
    }
}
