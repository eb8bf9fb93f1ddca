import ArgumentParser
import Foundation
import Output
import Recording
import Transformer

struct AblateCommand: ParsableCommand {
    /// The words of `--with`.
    enum With: String, CaseIterable, ExpressibleByArgument {
        case zero, mean

        var kind: Sweep.Kind { self == .zero ? .zero : .mean }
    }

    static let configuration = CommandConfiguration(
        commandName: "ablate",
        abstract: "Take out every head and MLP, one at a time, and measure the change of loss.",
        discussion: """
            Each cell is a forward pass over all texts in which one head (hook_z), or one MLP (hook_mlp_out), gives zero or the \
            mean over the texts' tokens. It shows the mean loss of the next token less that of the unchanged model.

            Without --format a picture is printed; with it, one row a cell.

            Example:
              actrec ablate "I feel hatred today." --with mean -o run.db
              actrec query run.db who_uses_it
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var model: ModelOptions

    @Option(help: "What is put in: zero, or the mean over the texts' tokens.")
    var with = With.zero

    @Option(
        help: """
            Hook points, separated by commas, by the last parts of their names. One with heads has a cell for each head; another \
            one cell.
            """)
    var hook = "attn.hook_z,hook_mlp_out"

    @Option(name: [.short, .long], help: "Keep the sweep in this database, in the tables sweeps and sweep_cells.")
    var output: String?

    @Flag(help: "Of a text longer than the model's context, take the first tokens only.")
    var truncate = false

    @Flag(help: "Take a text longer than the context in parts that do not overlap.")
    var window = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var diagnostics: Diagnostics

    mutating func validate() throws {
        if truncate && window { throw ValidationError("Give --truncate or --window, not both.") }
    }

    func run() throws {
        try reporting(diagnostics) {
            if let output { try Recording.checkDestination(output) }
            threads.apply()
            let model = try model.load()
            var cells: [Sweep.Cell] = []
            for hook in hook.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) {
                cells += try Sweep.Cell.allHeads(hook: hook, model: model.configuration)
            }
            let text = try input.open(for: model)
            let clock = ContinuousClock()
            let begin = clock.now
            let sweep = try Sweep.ablate(
                text, with: with.kind, cells: cells, longText: truncate ? .truncate : window ? .window : .refuse, model: model)
            let seconds = (clock.now - begin) / .seconds(1)
            let table = SweepTable(sweep: sweep)
            if format.format == nil {
                let heading = String(format: "loss %.4f nats over %d tokens\n", sweep.base.loss, sweep.tokens)
                try printText(
                    heading
                        + "change where one gives \(with == .zero ? "zero" : "its mean"), in \(table.isInNats ? "nats" : "thousandths of a nat"):\n\n"
                        + table.picture(width: Terminal.outputWidth), paged: !format.noPager)
            } else {
                try format.write { writer, _ in try table.write(to: &writer) }
            }
            if let output {
                var description = Sweep.Description(input: text.description)
                description.seconds = seconds
                let id = try sweep.write(to: output, model: model, description)
                note("sweep \(id) in \(output): \(cells.count) cells; actrec query \(output) who_uses_it")
            }
        }
    }
}
