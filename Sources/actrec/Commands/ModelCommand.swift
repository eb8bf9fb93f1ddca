import Analysis
import ArgumentParser
import Transformer

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "The models that are here.",
        subcommands: [ListCommand.self, InfoCommand.self])

    struct ListCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the models that --model knows by name.")

        @OptionGroup var output: FormatOptions

        func run() throws {
            try reporting {
                let model = try Model.embedded()
                try output.write { writer, _ in
                    try writer.begin(columns: ["name", "architecture", "layers", "heads", "width", "parameters", "where"])
                    let c = model.configuration
                    try writer.write([
                        .text(model.name), .text(c.architecture.rawValue), .integer(Int64(c.layerCount)),
                        .integer(Int64(c.headCount)), .integer(Int64(c.width)), .integer(Int64(model.parameterCount)),
                        .text("in the binary"),
                    ])
                    try writer.end()
                }
            }
        }
    }

    struct InfoCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "info", abstract: "Show what a model is: sizes, norms, where it came from.")

        @Argument(help: "A directory in Hugging Face layout, or a name from 'actrec model list'.")
        var model = Model.embeddedName

        @OptionGroup var output: FormatOptions

        func run() throws {
            try reporting {
                let model = try Model(named: model)
                let c = model.configuration
                let rows: [(String, Cell)] = [
                    ("name", .text(model.name)),
                    ("source", .text(model.source)),
                    ("architecture", .text(c.architecture.rawValue)),
                    ("norm", .text(c.normKind.rawValue)),
                    ("placement", .text(c.normPlacement.rawValue)),
                    ("normalization sites", .integer(Int64(model.sites.count))),
                    ("epsilon", .real(c.epsilon)),
                    ("layers", .integer(Int64(c.layerCount))),
                    ("heads", .integer(Int64(c.headCount))),
                    ("width", .integer(Int64(c.width))),
                    ("head width", .integer(Int64(c.headWidth))),
                    ("inner width", .integer(Int64(c.innerWidth))),
                    ("activation", .text(c.activation.rawValue)),
                    ("context", .integer(Int64(c.contextLength))),
                    ("vocabulary", .integer(Int64(c.vocabularySize))),
                    ("parameters", .integer(Int64(model.parameterCount))),
                    ("hook points", .integer(Int64(model.hookPoints.count))),
                    ("tokenizer", .text(model.tokenizer.map { "\($0.vocabularySize) ids" } ?? "none: give token ids")),
                    ("weights sha256", model.weightsSHA256().map(Cell.text) ?? .null),
                ]
                try output.write { writer, _ in
                    try writer.begin(columns: ["property", "value"])
                    for (name, value) in rows { try writer.write([.text(name), value]) }
                    try writer.end()
                }
            }
        }
    }
}
