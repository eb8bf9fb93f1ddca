import ArgumentParser
import Checkpoints
import Foundation
import Hub
import Output
import Processor
import Reading
import Recording
import Transformer

/// How a command fails: one line on standard error, and an exit code by class.
enum Failure: Int32, CaseIterable {
    /// What was given is wrong: a text, a file, a model, a statement.
    case data = 1
    /// The system refused: a permission, a full disk, the network.
    case system = 2
    /// A check found what must not be (`verify`).
    case check = 3
    /// Somebody else has the file: the same command may succeed later.
    case busy = 4
    /// Stopped at a limit of time or size.
    case limit = 5
    /// The command line is wrong; EX_USAGE, as ArgumentParser has it.
    case usage = 64
    /// Stopped by the user; 128 + SIGINT.
    case interrupted = 130

    var code: ExitCode { ExitCode(rawValue) }

    /// For the list in the help.
    var summary: String {
        switch self {
        case .data: "what was given is wrong: a text, a file, a model, a statement"
        case .system: "the system refused: a permission, a full disk, the network"
        case .check: "verify found what must not be"
        case .busy: "another program has the file: try again later"
        case .limit: "stopped at a limit of time or size"
        case .usage: "the command line is wrong"
        case .interrupted: "stopped by Ctrl-C"
        }
    }

    /// The class of an error.
    init(of error: any Error) {
        switch error {
        case let error as RecordingError: self.init(error)
        case let error as QueryError: self.init(error)
        case OutputError.notAnOutput, OutputError.isTheRecording: self = .data
        case InputError.cannotRead, ShardError.cannotWrite, is OutputError, is FileError: self = .system
        case ModelError.file, ModelError.noConfiguration, ModelError.checkpoint(.file): self = .system
        case let error as HubError: self.init(error)
        default: self = .data
        }
    }

    private init(_ error: RecordingError) {
        switch error {
        case .busy, .locked: self = .busy
        case .cannotOpen, .diskFull, .writeFailed, .noDigest: self = .system
        default: self = .data
        }
    }

    private init(_ error: QueryError) {
        switch error {
        case .locked: self = .busy
        case .cannotOpen, .unfinishedWrite: self = .system
        case .timeout, .tooLarge, .outOfMemory: self = .limit
        default: self = .data
        }
    }

    private init(_ error: HubError) {
        switch error {
        case .noLibcurl, .server, .askedToWait, .unreachable, .broken, .transfer, .redirect, .notAHub, .corrupt, .noSpace, .file:
            self = .system
        default: self = .data
        }
    }
}

/// How much a command says when it fails.
struct Diagnostics: ParsableArguments {
    @Flag(name: [.short, .long], help: "Log progress and full error details to standard error.")
    var verbose = false
}

/// Runs a command's work; an error becomes its one line, and the exit code of its class.
func reporting(_ diagnostics: Diagnostics, _ work: () throws -> Void) throws {
    do {
        try work()
    } catch let code as ExitCode {
        throw code
    } catch let error as ValidationError {
        throw error
    } catch {
        note("error: \(error)")
        let failure = Failure(of: error)
        if diagnostics.verbose {
            var details = ""
            dump(error, to: &details)
            for line in details.split(separator: "\n") { note("  \(TerminalText.escaped(String(line)))") }
            note(
                "  exit status \(failure.rawValue) (\(failure.summary)); actrec \(RecordingVersion.current), \(Compute.instructionSet)"
            )
        }
        throw failure.code
    }
}
