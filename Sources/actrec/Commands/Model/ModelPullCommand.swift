import ArgumentParser
import Checkpoints
import Foundation
import Hub
import Output
import Recording
import Transformer

struct ModelPullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Download a model from the Hugging Face hub.",
        discussion: """
            It goes into Hugging Face's own cache, which Python's libraries share, every file checked against the hub's \
            checksum. --model then takes its name. Prints the directory that holds it.

            Short names: \(KnownModel.all.map(\.name).joined(separator: ", ")).

            Environment: HF_TOKEN for private and gated models; HF_HOME or HF_HUB_CACHE for another place of the cache; \
            HF_ENDPOINT for another hub; HF_HUB_OFFLINE=1 to use the cache only.
            """)

    @Argument(help: "A model on the hub, such as gpt2 or openai-community/gpt2.", completion: Completions.hubModels)
    var name: String

    @Option(help: "A branch, a tag or a commit; the branch main when left out.")
    var revision: String?

    @Flag(name: [.short, .long], help: "Print nothing but the directory and errors.")
    var quiet = false

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            let model = try reference()
            let interrupt = InterruptWatch(message: "stopping; what arrived is kept for the next pull")
            let display = Display(quiet: quiet)
            var pull = Pull()
            pull.agent = "actrec/\(RecordingVersion.current)"
            pull.checkConfiguration = { _ = try ModelConfiguration(json: SharedBytes($0), file: "its config.json") }
            pull.note = display.note
            pull.onProgress = display.show
            pull.mayGoOn = { !interrupt.isRequested }
            let summary: Pull.Summary
            do throws(HubError) {
                summary = try pull(model)
            } catch {
                display.erase()
                if error == .interrupted { throw Failure.interrupted.code }
                throw error
            }
            display.erase()
            try printText(summary.snapshot.path + "\n")
            if quiet { return }
            let megabytes = String(format: "%.1f MB", Double(summary.bytes) / 1e6)
            note(
                "\(model) at \(summary.snapshot.commit.prefix(12)): "
                    + (summary.files == 0
                        ? "everything is here already" : "\(counted(summary.files, "file")), \(megabytes) fetched")
                    + "; use it as --model \(model.shortest)")
        }
    }

    private func reference() throws -> ModelReference {
        guard let model = ModelReference(name) else { throw HubError.badName(name) }
        guard let text = revision else { return model }
        guard let revision = Revision(text) else { throw HubError.badRevision(text) }
        guard model.revision == .main || model.revision == revision else {
            throw ValidationError("Give the revision once: in the name or by --revision.")
        }
        return ModelReference(repository: model.repository, revision: revision)
    }
}

/// The progress bar, and the notes above it.
private final class Display {
    private var bar: ProgressBar?
    private let quiet: Bool

    init(quiet: Bool) { self.quiet = quiet }

    func show(done: Int, total: Int) {
        if bar == nil { bar = .onStandardError(total: total, done: done, unit: .bytes, quiet: quiet) }
        bar?.update(done: done)
    }

    func note(_ text: String) {
        erase()
        if !quiet { actrec.note(text) }
    }

    func erase() { bar?.erase() }
}
