import Schema

/// Why an edit cannot be made.
public enum EditError: Error, Equatable, CustomStringConvertible {
    case syntax(text: String, expected: String, before: String)
    case noHookPoint(text: String, hook: String, example: String)
    case noHeads(text: String, hook: String)
    case noSuchHead(text: String, hook: String, head: Int, count: Int)
    case noRun(text: String, run: Int64, path: String)
    case runNotUsable(text: String, run: Int64, reason: String)
    case notKept(text: String, run: Int64, hook: String)
    case noToken(text: String, run: Int64, sequence: Int, place: String)
    case otherLength(text: String, sequence: Int, tokens: Int, run: Int64, its: Int)
    case otherWidth(text: String, hook: String, found: Int, expected: Int)
    case noMean(text: String, hook: String)
    case file(path: String, reason: String)
    case neverFired([String])
    case withShard
    case withParts(CapturePreset)
    case noBase(run: Int64, path: String)
    case withScheme(String)

    public var description: String {
        switch self {
        case .syntax(let text, let expected, let rest):
            "--edit '\(text)': expected \(expected) \(rest.isEmpty ? "at the end" : "before '\(rest)'")"
        case .noHookPoint(let text, let hook, let example):
            "--edit '\(text)': no hook point of this model is named \(hook); one is named \(example)"
        case .noHeads(let text, let hook): "--edit '\(text)': \(hook) has no heads; leave out the brackets"
        case .noSuchHead(let text, let hook, let head, let count):
            "--edit '\(text)': \(hook) has heads 0 to \(count - 1), and no head \(head)"
        case .noRun(let text, let run, let path): "--edit '\(text)': there is no run \(run) in \(path)"
        case .runNotUsable(let text, let run, let reason):
            "--edit '\(text)': run \(run) \(reason); give a complete run of the same model"
        case .notKept(let text, let run, let hook):
            "--edit '\(text)': run \(run) kept no vectors of \(hook) as float32; record it with --capture '\(hook)'"
        case .noToken(let text, let run, let sequence, let place):
            "--edit '\(text)': sequence \(sequence) of run \(run) has no \(place)"
        case .otherLength(let text, let sequence, let tokens, let run, let its):
            "--edit '\(text)': sequence \(sequence) has \(tokens) tokens, and \(its) in run \(run): which stands for which is not known; "
                + "give positions from the end (@-1) or a token (@'word')"
        case .otherWidth(let text, let hook, let found, let expected):
            "--edit '\(text)': the vector has \(found) values, and \(hook) takes \(expected)"
        case .noMean(let text, let hook):
            "--edit '\(text)': \(hook) has as many values as a token sees keys: there is no mean of them"
        case .file(let path, let reason):
            "\(path) cannot be read as a vector: \(reason); save a float32 or float64 vector with numpy.save"
        case .neverFired(let texts):
            "the run is recorded, but nothing in it was what these edits name: \(texts.map { "'\($0)'" }.joined(separator: ", "))"
        case .withShard: "edits cannot be made in a shard; record the edited run in one file"
        case .withParts(let capture):
            "--capture \(capture.rawValue) cannot be taken of an edited run: what is written there need not add up; leave out \(capture.rawValue)"
        case .noBase(let run, let path): "there is no run \(run) of this model in \(path) to compare with"
        case .withScheme(let scheme): "edits cannot be made with --norm \(scheme); leave out --norm, and edit hook_scale"
        }
    }
}
