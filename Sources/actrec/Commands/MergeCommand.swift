import ArgumentParser
import Output
import Recording

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Merge shards into one recording.",
        discussion: """
            The shards of one recording (record --shard), each once, in any order. Each must be complete and as its manifest says. \
            The rows are those of a recording in one go, ids included; statistics of features agree with it but for rounding.
            """)

    @Argument(help: "The shards.", completion: .file(extensions: ["db"]))
    var shards: [String]

    @Option(name: [.short, .long], help: "The database to make; it must not be there yet.")
    var output: String

    @Flag(name: [.short, .long], help: "Print nothing but errors.")
    var quiet = false

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            try Recording.checkDestination(output, isNew: true)
            let interrupt = InterruptWatch(message: "stopping; nothing is kept")
            var bar = ProgressBar.onStandardError(total: nil, quiet: quiet)
            let summary: Merge.Summary
            do {
                summary = try Merge.run(shards, to: output) { step, done, total in
                    if step == .merging { bar.update(done: done, total: total) }
                    return !interrupt.isRequested
                }
            } catch {
                bar.erase()
                if error is CancellationError { throw Failure.interrupted.code }
                throw error
            }
            bar.erase()
            if !quiet {
                note(
                    "\(output): \(counted(summary.shards, "shard")), \(counted(summary.sequences, "sequence")), "
                        + counted(summary.tokens, "token"))
            }
        }
    }
}
