import Reading
import ArgumentParser
import Foundation
import Output
import Recording
import Schema
import Transformer

/// The words of `--norm`.
enum NormChoice: String, CaseIterable, ExpressibleByArgument {
    case token, feature, sequence, frozen, none
}

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Run a model over text and record its activations.",
        discussion: """
            If the file exists, a new run is added to it, unless --resume finds one to go on with. Empty texts and lines are \
            skipped.

            --shard i/n records every n-th block of \(Shard.blockSize) sequences, starting with block i, into its own file. Asked for \
            again, it goes on where it stopped, or leaves what is complete. actrec merge makes one recording of all n.

            What --capture takes, separated by commas:
            \(Capture.Preset.allCases.map { "  " + $0.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0) + $0.summary }.joined(separator: "\n"))
              or names of hook points with * for any part, such as 'blocks.*.ln1.hook_in'

            What --edit changes on the way of the forward passes: a hook point's name,
            with * for any part; then [heads] and @places, where only some are meant;
            =, +=, -= or *=; and a value.
              'blocks.9.attn.hook_z[6] = 0'
                  a head is taken out
              'blocks.*.attn.hook_z[*] = mean(run 1)'
                  each head gives the mean that it has over the tokens of run 1;
                  mean(run 1 @ 1..) leaves out the first of each sequence
              'blocks.5.hook_resid_pre@-1 = run 1'
                  the last token gets what run 1 kept of its own last token
              '*.hook_scale = run 1'
                  norm scales are frozen to those of run 1
              'blocks.6.hook_resid_post += 4 * run 2 sequence 1 @ 3'
                  four times the vector of one token is added to all
              'blocks.6.hook_resid_post@\'ok\' += steer.npy'
                  a NumPy vector is added to each token 'ok'
              'blocks.3.hook_mlp_out *= 0.5'
                  half of it
              '*.hook_resid_post -= projection(v.npy)'
                  a direction is taken out
            Heads: [6], [0,2..4] or [*]. Places: @3, @-1 (the last), @1.., @2..5,8 or
            @'ok', a token. A run is one of the output file that kept the vectors of the
            same hook point (--capture). The table edits says what each edit did, and the
            query edit_effects what came of it.
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var model: ModelOptions

    @Option(name: [.short, .long], help: "What to record.", completion: Completions.captures)
    var capture = Capture.Preset.stats.rawValue

    @Option(
        name: [.short, .long],
        help: "The database to make or to add a run to; run.db when left out, shard-1-of-7.db for --shard 1/7.")
    var output: String?

    @Option(help: "A name for the run.")
    var label: String?

    @Flag(help: "Of a text longer than the model's context, record the first tokens only.")
    var truncate = false

    @Flag(help: "Record a text longer than the context in parts that do not overlap.")
    var window = false

    @Flag(help: "Store vectors as float16, in half the space.")
    var float16 = false

    @Option(help: "Where the norms take mean and deviation: \(NormChoice.allCases.map(\.rawValue).joined(separator: ", ")).")
    var norm = NormChoice.token

    @Option(
        name: .customLong("frozen-from"),
        help: "For --norm frozen: the recording whose mean scales to divide by; the output file when left out.")
    var frozenFrom: String?

    @Option(name: .customLong("frozen-run"), help: "For --norm frozen: the run in it; the newest with LayerNorms when left out.")
    var frozenRun: Int64?

    @Option(
        help: ArgumentHelp(
            "For --capture attribution: the token whose logit is divided among its parts; the next token when left out.",
            valueName: "text"))
    var answer: String?

    @Option(
        help: ArgumentHelp("For --answer: a token whose logit is taken from the answer's first.", valueName: "text"))
    var against: String?

    @Option(help: ArgumentHelp("Change values at hook points; may be repeated. See above.", valueName: "edit"))
    var edit: [String] = []

    @Option(help: ArgumentHelp("A file with an edit on each line; a line that begins with # is left out.", valueName: "file"))
    var edits: String?

    @Flag(help: "Print what the edits mean: hook points, shapes, how many tokens. Nothing is run.")
    var plan = false

    @Option(
        name: .customLong("compare-with"),
        help: ArgumentHelp(
            "Of an edited run: the run that it is compared with; the newest without edits when left out.", valueName: "run"))
    var comparedWith: Int64?

    @OptionGroup var threads: ThreadOptions

    @Option(help: "Tokens of one forward pass; sequences are taken together up to this many.")
    var batchTokens = 1024

    @Flag(help: "Go on with the run of the output file that was interrupted; begin one when there is none.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Record one of n shares of the input, i from 1: a file of its own, for actrec merge. 'slurm' is the share of this task of a Slurm array.",
            valueName: "i/n"))
    var shard: ShardOption?

    @Option(
        help:
            "How to show progress on standard error: bar (on a terminal only), lines (JSON objects with tokens and fraction, for programs), none."
    )
    var progress = ProgressChoice.bar

    @Flag(name: [.short, .long], help: "Print nothing but errors.")
    var quiet = false

    @OptionGroup var diagnostics: Diagnostics

    mutating func validate() throws {
        if truncate && window { throw ValidationError("Give --truncate or --window, not both.") }
        if norm != .frozen, frozenFrom != nil || frozenRun != nil {
            throw ValidationError("--frozen-from and --frozen-run go with --norm frozen.")
        }
        if edit.isEmpty, edits == nil, plan || comparedWith != nil {
            throw ValidationError("--plan and --compare-with go with --edit or --edits.")
        }
        if answer != nil, !CapturePreset.words(capture).contains(CapturePreset.attribution.rawValue) {
            throw ValidationError("--answer goes with --capture attribution.")
        }
        if against != nil, answer == nil { throw ValidationError("--against goes with --answer.") }
        if batchTokens < 1 { throw ValidationError("--batch-tokens takes a number from 1.") }
    }

    func run() throws {
        try reporting(diagnostics) {
            let shard = try shard?.shard()
            let output = output ?? shard?.defaultFile ?? "run.db"
            threads.apply()
            let edits = try allEdits()
            if !plan { try Recording.checkDestination(output) }
            let model = try model.load()
            var options = Recording.Options()
            options.log = { [quiet, verbose = diagnostics.verbose] message in
                guard verbose || message.level == .warning && !quiet else { return }
                note(message.text, erasing: true)
            }
            options.capture = capture
            options.edits = edits
            options.comparedWith = comparedWith
            options.label = label
            options.answer = try answer.map { try model.onlyToken(of: $0, option: "--answer") }
            options.against = try against.map { try model.onlyToken(of: $0, option: "--against") }
            options.longText = truncate ? .truncate : window ? .window : .refuse
            options.halfPrecision = float16
            options.batchTokens = batchTokens
            options.resume = resume
            options.shard = shard
            if plan { return try print(Recording.plan(input.open(for: model), model: model, options: options)) }
            switch norm {
            case .token: options.scheme = .token
            case .feature: options.scheme = .feature
            case .sequence: options.scheme = .sequence
            case .none: options.scheme = .none
            case .frozen:
                (options.scheme, options.frozenFrom) = try NormScheme.frozen(
                    from: frozenFrom ?? output, run: frozenRun, model: model)
            }
            let interrupt = InterruptWatch()
            var display = RecordProgress(progress, quiet: quiet)
            let summary: Recording.Summary
            do {
                summary = try Recording.record(try input.open(for: model), model: model, to: output, options: options) {
                    tokens, fraction in
                    display.update(tokens: tokens, fraction: fraction)
                    return !interrupt.isRequested
                }
            } catch {
                display.erase()
                throw error
            }
            display.erase()
            report(summary, output: output)
            if let fault = model.tokenizerFault, !quiet { note("note: tokens have no text: \(fault)") }
            if !quiet, summary.isComplete, shard == nil { try hint(output) }
            if !summary.isComplete { throw Failure.interrupted.code }
            if !summary.unfiredEdits.isEmpty { throw EditError.neverFired(summary.unfiredEdits) }
        }
    }

    /// Those of the options, then those of the file.
    private func allEdits() throws -> [Edit] {
        var all: [Edit] = []
        for text in edit { all.append(try Edit(text)) }
        if let edits { all += try Edit.lines(InputFile.text(of: edits)) }
        return all
    }

    private func print(_ lines: [EditPlan.Line]) throws {
        try RowOutput(format: .table, noHeader: false, csvSafe: false).write { writer, _ in
            try writer.begin(columns: ["edit", "hook", "what", "shape", "heads", "change", "tokens", "of", "first"])
            for line in lines {
                try writer.write([
                    .integer(Int64(line.number)), .text(line.hook), .text(line.meaning), .text(line.shape), .text(line.heads),
                    .text(line.change), .integer(Int64(line.tokens)), .integer(Int64(line.of)), .text(line.first),
                ])
            }
            try writer.end()
        }
    }

    /// Says how many runs the file has now, and what to do next.
    private func hint(_ output: String) throws {
        let runs = RunList(try ReadOnlyDatabase(path: output, options: .init(damageCheck: .never)))
        let (count, newest) = (try runs.count(), try runs.newest())
        if count > 1, let newest {
            note("\(output) has \(count) runs; queries take run \(newest) unless --run names another (actrec runs \(output))")
        }
        note("next: actrec info \(output), actrec query \(output) or actrec report \(output)")
    }

    private func report(_ summary: Recording.Summary, output: String) {
        if let place = summary.firstNonfinite {
            note("warning: values that are NaN or infinite enter \(place) first; see the column nonfinite")
        }
        if let place = summary.firstOverflow {
            note(
                "warning: \(counted(summary.overflowed, "value")) beyond 65,504 became infinite as float16, first at \(place); "
                    + "record without --float16 to keep them")
        }
        warn(ofLostBytes: summary.lostBytes)
        if quiet { return }
        if summary.emptyTexts > 0 { note("skipped \(counted(summary.emptyTexts, "empty text"))") }
        if summary.wasComplete {
            return note(
                "run \(summary.runID) in \(output) is complete: \(counted(summary.sequences, "sequence")), \(counted(summary.tokens, "token")); nothing was left to record"
            )
        }
        let seconds = summary.seconds - summary.earlier.seconds
        let rate = seconds > 0 ? Double(summary.tokens - summary.earlier.tokens) / seconds : 0
        note(
            "run \(summary.runID) in \(output): \(counted(summary.sequences, "sequence")), \(counted(summary.tokens, "token")), "
                + (summary.earlier.sequences > 0
                    ? "\(summary.earlier.sequences) and \(summary.earlier.tokens) of them before; " : "")
                + String(format: "%.2f s, %.0f tokens/s", seconds, rate)
                + (summary.isComplete ? "" : "; interrupted, the rest was not recorded: --resume records it"))
    }
}
