import ArgumentParser
import Models
import Output
import Transformer

struct ModelInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show what a model is: sizes, norms, where it came from.")

    @Argument(
        help: "A directory in Hugging Face layout, or a name from 'actrec model list'; name@revision for another than main.",
        completion: Completions.models)
    var model = Model.embeddedName

    @OptionGroup var output: FormatOptions

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            let model = try ModelLibrary().load(model)
            let c = model.configuration
            let rows: [(String, Cell)] = [
                ("name", .text(model.name)),
                ("source", .text(model.source)),
                ("architecture", .text(c.architecture.rawValue)),
                ("norm", .text(c.normKind.rawValue)),
                ("placement", .text(c.normPlacement.rawValue)),
                ("normalization sites", .integer(Int64(model.sites.count))),
                ("epsilon", .real(c.epsilon)),
                ("positions", .text(c.positionEmbedding.name)),
                ("attention", .text(c.attentionMask.rawValue)),
                ("layers", .integer(Int64(c.layerCount))),
                ("heads", .integer(Int64(c.headCount))),
                ("key and value heads", .integer(Int64(c.keyValueHeadCount))),
                ("width", .integer(Int64(c.width))),
                ("head width", .integer(Int64(c.headWidth))),
                ("inner width", .integer(Int64(c.innerWidth))),
                ("activation", .text(c.activation.rawValue + (c.mlpForm == .gated ? ", gated" : ""))),
                ("context", .integer(Int64(c.contextLength))),
                ("vocabulary", .integer(Int64(c.vocabularySize))),
                ("parameters", .integer(Int64(model.parameterCount))),
                ("hook points", .integer(Int64(model.hookPoints.count))),
                (
                    "tokenizer",
                    .text(
                        model.tokenizer.map { "\($0.vocabularySize) ids" } ?? model.tokenizerFault.map { "none: \($0)" }
                            ?? "none: give token ids")
                ),
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
