import ArgumentParser
import Comparing
import Foundation
import Output
import Reading
import Recording
import Transformer

struct SchemesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schemes",
        abstract: "Run the same text under every normalization scheme: statistics, loss, what the norms still tell, and leaks.",
        discussion: """
            Each scheme is run twice: on the text, and with the last token of each sequence replaced by another, to see which \
            earlier positions change. All runs go into one file, where the schemes can be compared by any query.
            Example: actrec schemes "War, violence, hate and fear." "The garden was quiet."
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var model: ModelOptions

    @Option(name: [.short, .long], help: "The database to make or to add the runs to.")
    var output = "schemes.db"

    @Flag(help: "Of a text longer than the model's context, take the first tokens only.")
    var truncate = false

    @Flag(help: "Take a text longer than the context in parts that do not overlap.")
    var window = false

    @OptionGroup var format: FormatOptions

    @Flag(name: [.short, .long], help: "Print nothing but the rows and errors.")
    var quiet = false

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var diagnostics: Diagnostics

    mutating func validate() throws {
        if truncate && window { throw ValidationError("Give --truncate or --window, not both.") }
    }

    func run() throws {
        try reporting(diagnostics) {
            try Recording.checkDestination(output)
            threads.apply()
            let model = try model.load()
            let text = try SchemesInput(
                input.open(for: model), model: model, longText: truncate ? .truncate : window ? .window : .refuse)
            let last = try record(text, model)
            let database = try ReadOnlyDatabase(path: output, options: .init(timeout: nil, damageCheck: .never))
            if format.format == nil {
                let table = try NormalizationSchemes.table(database, run: last)
                try printText(table + (quiet ? "" : explanation(text, model)), paged: !format.noPager)
            } else {
                try format.write { writer, _ in try NormalizationSchemes.write(database, run: last, to: &writer) }
            }
            if !quiet { note("the newest \(2 * Self.names.count) runs in \(output) hold the recording") }
        }
    }

    private static let names = ["token", "feature", "sequence", "frozen", "none"]

    /// Records every scheme and its twin; returns the last run's id.
    private func record(_ text: SchemesInput, _ model: Model) throws -> Int64 {
        let interrupt = InterruptWatch()
        var bar = ProgressBar.onStandardError(total: 2 * Self.names.count * text.tokenCount, quiet: quiet)
        defer { bar.erase() }
        var done = 0
        func record(_ scheme: NormScheme, _ frozenFrom: String?, changed: Bool) throws -> Int64 {
            var options = Recording.Options()
            (options.scheme, options.frozenFrom) = (scheme, frozenFrom)
            options.label = NormalizationSchemes.label(scheme.name, lastTokenChanged: changed)
            // The vectors that enter the last norm show every change in what the model computed.
            let vectors = model.sites.last.map { HookPoint.norm($0, .input).description } ?? ""
            let predicts = model.hookPoints.contains(.logits)
            options.capture = changed ? vectors : (predicts ? "stats,loss," : "stats,") + vectors
            let sequences = changed ? text.changed : text.sequences
            let summary = try Recording.record(
                TextInput(.sequences(sequences, origin: text.origin), model: model), model: model, to: output, options: options
            ) { tokens, _ in
                bar.update(done: done + tokens)
                return !interrupt.isRequested
            }
            if !summary.isComplete { throw Failure.interrupted.code }
            done += summary.tokens
            return summary.runID
        }
        func pair(_ scheme: NormScheme, frozenFrom: String? = nil) throws -> Int64 {
            _ = try record(scheme, frozenFrom, changed: true)
            return try record(scheme, frozenFrom, changed: false)
        }
        let token = try pair(.token)
        _ = try pair(.feature)
        _ = try pair(.sequence)
        let frozen = try NormScheme.frozen(from: output, run: token, model: model)
        _ = try pair(frozen.scheme, frozenFrom: frozen.uuid)
        return try pair(.none)
    }

    private func explanation(_ text: SchemesInput, _ model: Model) -> String {
        let c = model.configuration
        let width = Terminal.outputWidth
        return "\n"
            + [
                "\(text.tokenCount) tokens in \(text.sequences.count) sequences; the model was trained with 'token', its \(c.normKind == .rmsNorm ? "RMSNorm" : "LayerNorm").",
                "statistics: pairs of mean and variance that all norms computed, counted as they were made.",
                c.unembedding == .none
                    ? "loss, kl: none, this model predicts no token."
                    : "loss, kl: mean negative log-probability of the next token, and mean divergence from the real model; nats a token.",
                "normalized_r, out_r: how much of a token's variance is still told after the norm, as the correlation over tokens "
                    + "(position 0 left out, mean over the sites) of ln variance of hook_in with that of hook_normalized and of hook_out. "
                    + "-: hook_normalized has one variance for all tokens, so it tells nothing.",
                "changed: of the positions before the last of their text (earlier), those whose vector at the last norm changed when "
                    + "only the last token was replaced. "
                    + (c.attentionMask == .causal
                        ? "More than 0: the norm lets the future leak back."
                        : "This model's attention looks both ways, so all of them may."),
            ].map { wrapped($0, width: width, indent: "  ") }.joined()
    }
}
