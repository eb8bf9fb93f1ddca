/// Why there is nothing to report on.
public enum ReportError: Error, Equatable, CustomStringConvertible {
    case nothingRecorded(path: String)
    case noSuchRun(Int64, path: String)
    case tokenLimit(Int)
    case hashFailed

    public var description: String {
        switch self {
        case .nothingRecorded(let path): "\(path) holds no run with a token; record a text into it first"
        case .noSuchRun(let run, let path): "\(path) holds no run \(run); `actrec sql` with 'SELECT * FROM runs' lists them"
        case .tokenLimit(let found): "the number of tokens to show must be from 1 to 100000, not \(found)"
        case .hashFailed: "the system's library could not compute a SHA-256"
        }
    }
}
