import ArgumentParser
import Verifying

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a recording: its integrity, its row counts, and the identities its numbers must obey.",
        discussion: """
            Each check with its largest deviation and the bar it is held to. What a run did not record is not checked, and a check \
            whose values are all NaN or infinite compares nothing: both are said.
            Exit status 3 when a check fails.
            """)

    @Argument(help: "The recording.", completion: .file(extensions: ["db"]))
    var database: String

    @OptionGroup var output: FormatOptions

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            let verifier = try Verifier(path: database)
            var isSound = true
            try output.write { writer, _ in isSound = try verifier.write(into: &writer) }
            if !isSound {
                note("error: \(database) fails a check")
                throw Failure.check.code
            }
        }
    }
}
