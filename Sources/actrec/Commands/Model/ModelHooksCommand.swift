import Models
import Output
import Queries
import ArgumentParser
import Transformer

struct ModelHooksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks",
        abstract: "List a model's hook points, the vectors that --capture takes, with their shapes.",
        discussion: """
            A * stands for the layer. Shapes are those of one token.
            Example: actrec record TEXT --capture 'blocks.*.ln1.hook_in'
            """)

    @Argument(help: "A directory in Hugging Face layout, or a name from 'actrec model list'.", completion: Completions.models)
    var model = Model.embeddedName

    @Flag(help: "List the hook points of every layer by name.")
    var all = false

    @OptionGroup var output: FormatOptions

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            let configuration = try ModelLibrary().load(model).configuration
            let hooks = all ? configuration.hookPoints.map { ("\($0)", $0, 1) } : Self.byPattern(configuration.hookPoints)
            try output.write(shown: ["hook", "shape", "sizes", "what"]) { writer, _ in
                try writer.begin(columns: ["hook", "hook_points", "shape", "sizes", "what"])
                for (name, point, count) in hooks {
                    let shape = configuration.shape(of: point)
                    try writer.write([
                        .text(name), .integer(Int64(count)), .text(shape.map(\.name).joined(separator: ", ")),
                        .text(shape.map { $0.size.map(String.init) ?? $0.name }.joined(separator: " x ")), .text(point.meaning),
                    ])
                }
                try writer.end()
            }
        }
    }

    /// Hook points that differ in the layer alone as one.
    private static func byPattern(_ points: [HookPoint]) -> [(name: String, point: HookPoint, count: Int)] {
        var found: [(name: String, point: HookPoint, count: Int)] = []
        var places: [String: Int] = [:]
        for point in points {
            let name = point.layer == nil ? "\(point)" : "\(point)".replacing(/^blocks\.\d+\./, with: "blocks.*.")
            if let place = places[name] {
                found[place].count += 1
            } else {
                places[name] = found.count
                found.append((name, point, 1))
            }
        }
        return found
    }
}
