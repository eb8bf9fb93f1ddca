import ArgumentParser
import Foundation

/// How a command fails: one line on standard error, and an exit code by class.
enum Failure: Int32 {
    /// Something in the data or the file system.
    case data = 1
    /// A check found what must not be (`verify`).
    case check = 3
    /// Stopped by the user; 128 + SIGINT.
    case interrupted = 130

    var code: ExitCode { ExitCode(rawValue) }
}

/// Runs a command's work; an error becomes its one line, and the exit code of its class.
func reporting(_ work: () throws -> Void) throws {
    do {
        try work()
    } catch let code as ExitCode {
        throw code
    } catch let error as ValidationError {
        throw error
    } catch {
        note("error: \(error)")
        throw Failure.data.code
    }
}

/// A line for the user, beside the data: on standard error.
func note(_ text: String) {
    FileHandle.standardError.write(Data("actrec: \(text)\n".utf8))
}

/// What decoding cannot give back.
func warn(ofLostBytes bytes: [UInt8]) {
    if bytes.isEmpty { return }
    let list = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    note("warning: the tokenizer has no token for the bytes \(list) of the text, and drops them")
}

/// Writing to a closed pipe, or past a limit on the size of files, then gives an error to handle, and not a signal that
/// ends the process.
func ignoreWriteSignals() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
}
