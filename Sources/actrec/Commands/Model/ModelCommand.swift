import ArgumentParser

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "List, inspect and download models.",
        subcommands: [ModelListCommand.self, ModelInfoCommand.self, ModelHooksCommand.self, ModelPullCommand.self])
}
