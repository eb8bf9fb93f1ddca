import ArgumentParser
import Foundation
import Output
import Recording
import Transformer

extension Sweep.Axes: ExpressibleByArgument {}

struct PatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "patch",
        abstract:
            "Put values of a clean text's pass into a corrupt text's, one place after another, and see which restore the answer.",
        discussion: """
            Activation patching: each cell is a forward pass over the corrupt text, with the clean text's values at one hook \
            point and one position or head. It shows the logit of --answer less that of --against at the last token, \
            normalized: 0 is the corrupt text, 1 the clean one.

            Both texts must have as many tokens. Without --format a picture is printed; with it, one row a cell.

            Example:
              actrec patch "The Eiffel Tower is in" "The Colosseum Gate is in" --answer " Paris" --against " Rome"
            """)

    @Argument(help: "The text whose values are put in.")
    var clean: String

    @Argument(help: "The text that they are put into.")
    var corrupt: String

    @Option(help: "The token that the clean text predicts, with its leading space: \" Paris\".")
    var answer: String

    @Option(help: "The token to compare it with.")
    var against: String

    @Option(
        help: """
            The hook point, by the last parts of its name: hook_resid_pre, hook_attn_out, hook_mlp_out, hook_z, hook_scale or \
            another of 'actrec model hooks'.
            """)
    var hook = "hook_resid_pre"

    @Option(help: "What a cell is: each hook point, at each position, or at each head.")
    var over = Sweep.Axes.layerAndPosition

    @Option(name: [.short, .long], help: "Keep the sweep in this database, in the tables sweeps and sweep_cells.")
    var output: String?

    @Flag(help: "Prepend the BOS token to each text (default: off).")
    var bos = false

    @OptionGroup var model: ModelOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            if let output { try Recording.checkDestination(output) }
            threads.apply()
            let model = try model.load()
            let (first, second) = (try tokens(of: clean, "clean", model), try tokens(of: corrupt, "corrupt", model))
            let (right, other) = (
                try model.onlyToken(of: answer, option: "--answer"), try model.onlyToken(of: against, option: "--against")
            )
            let cells = try Sweep.Cell.all(hook: hook, over: over, positions: second.count, model: model.configuration)
            let clock = ContinuousClock()
            let begin = clock.now
            let sweep = try Sweep.patch(
                clean: first, corrupt: second, answer: right, against: other, cells: cells, model: model)
            let seconds = (clock.now - begin) / .seconds(1)
            let table = SweepTable(sweep: sweep, tokens: model.shown(second), cleanTokens: model.shown(first))
            if format.format == nil {
                try printText(heading(sweep) + table.picture(width: Terminal.outputWidth), paged: !format.noPager)
            } else {
                try format.write { writer, _ in try table.write(to: &writer) }
            }
            if let output {
                var description = Sweep.Description(input: corrupt)
                (description.clean, description.answer, description.against) = (clean, answer, against)
                (description.tokens, description.cleanTokens) = (table.tokens, table.cleanTokens)
                description.seconds = seconds
                let id = try sweep.write(to: output, model: model, description)
                note("sweep \(id) in \(output): \(cells.count) cells; actrec sql \(output) 'SELECT * FROM sweep_effects'")
            }
        }
    }

    private func tokens(of text: String, _ which: String, _ model: Model) throws -> [Int32] {
        var input = try TextInput(.texts([text]), model: model, begin: bos)
        guard let sequence = try input.next() else { throw SweepError.emptyText(which) }
        return sequence.tokens
    }

    private func heading(_ sweep: Sweep) -> String {
        let clean = sweep.clean ?? Sweep.Measure()
        func line(_ name: String, _ m: Sweep.Measure) -> String {
            String(format: "%@ difference %.4f, probability %.6f\n", name, m.logitDifference, m.probability)
        }
        let (answer, against) = (TerminalText.escaped(answer), TerminalText.escaped(against))
        return "logit of '\(answer)' less that of '\(against)', and probability of '\(answer)':\n"
            + line("  clean  ", clean) + line("  corrupt", sweep.base)
            + "\(hook) from the clean text: 0 is the corrupt difference, 1 the clean one\n\n"
    }
}
