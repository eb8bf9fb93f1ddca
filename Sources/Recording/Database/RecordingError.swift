import Schema
import Tokenizers
import Transformer

/// Why a recording could not be opened, made or finished. One line each: what, where, found, and what to do.
public enum RecordingError: Error, Equatable, CustomStringConvertible {
    case notARecording(path: String, applicationID: Int32, expected: Int32)
    case otherVersion(path: String, version: Int32, supported: Int32)
    case cannotOpen(path: String, reason: String)
    case notADatabase(path: String)
    case damaged(path: String, reason: String)
    case busy(path: String, run: Int64, process: Int64, host: String)
    case locked(path: String, holders: [String] = [])
    case diskFull(path: String)
    case writeFailed(path: String)
    case sqlite(path: String, message: String)
    case nothingToRecord(input: String)
    case unknownCapture(String, presets: [String])
    case noHookPoint(glob: String, example: String)
    case noTokenizer(model: String, fault: TokenizerLoadError? = nil)
    case tooLong(number: Int, tokens: Int, context: Int)
    case weightsChanged(model: String)
    case noDigest
    case tooLarge(model: String)
    case tooManyParts(Int, capture: CapturePreset)
    /// Norms stand on the branches, and run by another scheme than their own.
    case sharesThroughNorm(scheme: String)
    /// Attribution divides by each token's own scale.
    case attributionThroughNorm(scheme: String)
    case predictsNothing(capture: String)
    case frozenNeedsRun(path: String, run: Int64?)
    case frozenMismatch(sites: Int, expected: Int)
    case resumeDiffers(path: String, run: Int64, what: String, was: String, now: String)
    case inputChanged(number: Int)
    case otherInput(path: String, run: Int64)

    public var description: String {
        switch self {
        case .notARecording(let path, let found, let expected):
            "\(path) is not a recording: its application_id is \(found), expected \(expected); give another file"
        case .otherVersion(let path, let version, let supported):
            "\(path) has schema version \(version), this actrec reads version \(supported); use the actrec that made it, or record again"
        case .cannotOpen(let path, let reason): "cannot open \(path): \(reason)"
        case .notADatabase(let path): "\(path) is not an SQLite database; give another file"
        case .damaged(let path, let reason): "\(path) is damaged: \(reason); take another copy, or record into another file"
        case .busy(let path, let run, let process, let host):
            "\(path) is being recorded into: run \(run) by process \(process) on \(host); wait for it or give another file"
        case .locked(let path, let holders):
            "\(path) is locked by \(holders.isEmpty ? "another program" : holders.joined(separator: ", ")); close it and try again"
        case .diskFull(let path): "no room left for \(path): what was committed before stays, the run is not complete"
        case .writeFailed(let path):
            "the system failed to read or write \(path), perhaps at a limit on the size of files: "
                + "what was committed before stays, the run is not complete"
        case .sqlite(let path, let message): "\(path): \(message)"
        case .nothingToRecord(let input): "nothing to record: \(input) holds no text"
        case .unknownCapture(let part, let presets):
            "--capture '\(part)': neither a preset (\(presets.joined(separator: ", "))) nor the name of a hook point"
        case .noHookPoint(let glob, let example): "--capture '\(glob)' matches no hook point; one is named \(example)"
        case .noTokenizer(let model, let fault): ModelError.noTokenizer(model: model, fault: fault).description
        case .tooLong(let number, let tokens, let context):
            "sequence \(number) has \(tokens) tokens, the model's context is \(context); "
                + "--truncate keeps the first \(context), --window records all in parts"
        case .tooLarge(let model): "\(model) has more than 1,024 normalization sites or heads, which the database has no keys for"
        case .sharesThroughNorm(let scheme):
            "shares cannot be recorded with --norm \(scheme) here: this model normalizes what its attention writes, and heads are "
                + "followed through that norm by each token's own scale; leave out --norm"
        case .attributionThroughNorm(let scheme):
            "--capture attribution cannot be taken with --norm \(scheme): a logit is divided among its parts by each token's own scale; leave out --norm"
        case .tooManyParts(let count, let capture):
            "--capture \(capture.rawValue): the model has \(count) heads, MLPs and other parts, and the database has keys for 4,096"
        case .predictsNothing(let capture): "--capture \(capture): this model predicts no token; leave it out"
        case .frozenNeedsRun(let path, let run):
            "no scales to freeze in \(path): \(run.map { "run \($0) has no" } ?? "no run has the") statistics of the model's own norms; "
                + "record with --norm token first, or name a run"
        case .frozenMismatch(let sites, let expected):
            "the run to freeze has \(sites) normalization sites, this model \(expected); give a run of the same model"
        case .resumeDiffers(let path, let run, let what, let was, let now):
            "run \(run) of \(path) cannot go on: its \(what) is \(was), asked for is \(now); ask for the same, or record into another file"
        case .inputChanged(let number):
            "the input is not the one of the run to go on with: something differs up to sequence \(number), which is recorded; "
                + "give the same input, or record into another file"
        case .otherInput(let path, let run):
            "run \(run) of \(path) is complete, and of another input; give the same input, or record into another file"
        case .noDigest: "the system's SHA-256 failed"
        case .weightsChanged(let model):
            "the weights of \(model) are not those recorded under the same fingerprint; record into another file"
        }
    }
}
