/// Why a recording could not be opened, made or finished. One line each: what, where, found, and what to do.
public enum RecordingError: Error, Equatable, CustomStringConvertible {
    case notARecording(path: String, applicationID: Int32, expected: Int32)
    case newerVersion(path: String, version: Int32, supported: Int32)
    case cannotOpen(path: String, reason: String)
    case busy(path: String, run: Int64, process: Int64, host: String)
    case locked(path: String)
    case diskFull(path: String)
    case sqlite(path: String, message: String)
    case nothingToRecord(input: String)
    case unknownCapture(String, presets: [String])
    case noHookPoint(glob: String, example: String)
    case noTokenizer(model: String)
    case tooLong(number: Int, tokens: Int, context: Int)
    case weightsChanged(model: String)
    case noDigest

    public var description: String {
        switch self {
        case .notARecording(let path, let found, let expected):
            "\(path) is not a recording: its application_id is \(found), expected \(expected); give another file"
        case .newerVersion(let path, let version, let supported):
            "\(path) has schema version \(version), this actrec reads up to \(supported); use a newer actrec"
        case .cannotOpen(let path, let reason): "cannot open \(path): \(reason)"
        case .busy(let path, let run, let process, let host):
            "\(path) is being recorded into: run \(run) by process \(process) on \(host); wait for it or give another file"
        case .locked(let path): "\(path) is locked by another program; close it and try again"
        case .diskFull(let path): "no room left for \(path): what was committed before stays, the run is not complete"
        case .sqlite(let path, let message): "\(path): \(message)"
        case .nothingToRecord(let input): "nothing to record: \(input) holds no text"
        case .unknownCapture(let part, let presets):
            "--capture '\(part)': neither a preset (\(presets.joined(separator: ", "))) nor the name of a hook point"
        case .noHookPoint(let glob, let example): "--capture '\(glob)' matches no hook point; one is named \(example)"
        case .noTokenizer(let model): "\(model) has no tokenizer; give token ids"
        case .tooLong(let number, let tokens, let context):
            "sequence \(number) has \(tokens) tokens, the model's context is \(context); "
                + "--truncate keeps the first \(context), --window records all in parts"
        case .noDigest: "the system's SHA-256 failed"
        case .weightsChanged(let model):
            "the weights of \(model) are not those recorded under the same fingerprint; record into another file"
        }
    }
}
