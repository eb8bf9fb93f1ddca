/// Why a recording could not be read or a statement not be run. One line each: what, where, found, and what to do.
public enum QueryError: Error, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, reason: String)
    case notARecording(path: String, applicationID: Int32, expected: Int32)
    case otherVersion(path: String, version: Int32, supported: Int32)
    case damaged(path: String, reason: String)
    case unfinishedWrite(path: String)
    case locked(path: String)
    case noStatement
    case severalStatements(second: String)
    case refused(what: String)
    case statement(message: String, line: Int, column: Int)
    case failed(message: String)
    case tooLarge(limit: Int)
    case outOfMemory(limit: Int)
    case timeout(seconds: Double)
    case unknownParameter(String, known: [String])
    case wrongValue(parameter: String, expected: String, found: String)

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason): "cannot open \(path): \(reason)"
        case .notARecording(let path, let found, let expected):
            "\(path) is not a recording: its application_id is \(found), expected \(expected); give another file"
        case .otherVersion(let path, let version, let supported):
            "\(path) has schema version \(version), this actrec reads version \(supported); use the actrec that made it, or record again"
        case .damaged(let path, let reason): "\(path) is damaged: \(reason); `actrec verify` tells more, or take another copy"
        case .unfinishedWrite(let path):
            "\(path) was cut off while being written, and its journal cannot be rolled back from here; make file and folder writable"
        case .locked(let path): "\(path) is locked by a program that writes to it; try again"
        case .noStatement: "no SQL statement was given"
        case .severalStatements(let second): "one statement at a time: a second one begins at '\(second)'; run it apart"
        case .refused(let what): "\(what) is refused: a recording is only read here; sqlite3 can change a copy"
        case .statement(let message, let line, let column): "SQL error at line \(line), column \(column): \(message)"
        case .failed(let message): "SQL error: \(message)"
        case .tooLarge(let limit):
            "a value, or the statement itself, is larger than the limit (\(limit) bytes a value); ask for less at once"
        case .outOfMemory(let limit): "the statement needs more memory than the limit of \(limit) bytes; ask for less at once"
        case .timeout(let seconds):
            "stopped after \(seconds.formattedSeconds) s, the time limit; raise it with --timeout SECONDS, or ask for less"
        case .unknownParameter(let name, let known):
            "there is no parameter '\(name)'; "
                + (known.isEmpty ? "the statement takes none" : "known: \(known.joined(separator: ", "))")
        case .wrongValue(let parameter, let expected, let found):
            "parameter \(parameter): expected \(expected), found '\(found)'"
        }
    }
}

extension Double {
    fileprivate var formattedSeconds: String { self == rounded() && abs(self) < 1e15 ? String(Int64(self)) : description }
}
