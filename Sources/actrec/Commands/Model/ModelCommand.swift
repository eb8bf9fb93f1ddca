import ArgumentParser

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "The models that are here, and how to get others.",
        subcommands: [ModelListCommand.self, ModelInfoCommand.self, ModelPullCommand.self])
}
