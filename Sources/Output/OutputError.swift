import Foundation

/// What can go wrong while writing a result.
public enum OutputError: Error, Equatable, CustomStringConvertible {
    /// The reader closed its end (`actrec ... | head`): not a failure of ours; stop and exit quietly.
    case readerGone
    /// The system refused a write, for example because the disk is full.
    case cannotWrite(target: String, errno: Int32)
    /// A file is there that this program did not write.
    case notAnOutput(path: String)
    /// The output would replace what it is made of.
    case isTheRecording(path: String)
    /// A row does not have one cell a column.
    case wrongColumnCount(expected: Int, found: Int)

    public var description: String {
        switch self {
        case .readerGone:
            "the reader of the output went away"
        case .cannotWrite(let target, let code):
            "cannot write to \(target): \(String(cString: strerror(code)))"
        case .notAnOutput(let path):
            "\(path) exists and is no earlier output of this kind; give another file, or --force to replace it"
        case .isTheRecording(let path):
            "\(path) is the recording itself; give another file"
        case .wrongColumnCount(let expected, let found):
            "a row has \(found) cells where the result has \(expected) columns"
        }
    }
}
