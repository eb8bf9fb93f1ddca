import ArgumentParser
import Foundation
import Output
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
            let verdict = try isForReading ? show(verifier) : write(verifier)
            note("\(verdict.isSound ? "" : "error: ")\(database): \(verdict.line)")
            if !verdict.isSound { throw Failure.check.code }
        }
    }

    /// Whether a person reads the answer: then the verdict comes first.
    private var isForReading: Bool { (output.format ?? .table) == .table && Terminal.isTerminal(STDOUT_FILENO) }

    private func show(_ verifier: Verifier) throws -> Verdict {
        let verdict = try Verdict(verifier.run())
        try output.write(shown: Check.shown, head: verdict.text(width: Terminal.outputWidth) + "\n") { writer, _ in
            try writer.begin(columns: Check.columns)
            for check in verdict.checks { try writer.write(check.row) }
            try writer.end()
        }
        return verdict
    }

    /// Rows as they come.
    private func write(_ verifier: Verifier) throws -> Verdict {
        var verdict = Verdict([])
        try output.write { writer, _ in verdict = try verifier.write(into: &writer) }
        return verdict
    }
}
