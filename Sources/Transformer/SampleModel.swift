import Foundation

/// The models that `make samples` gets, which `--model` knows by name.
public enum SampleModel: String, CaseIterable, Sendable {
    /// all-MiniLM-L6-v2, a BERT.
    case minilm
    /// SmolLM2-135M-Instruct, a Llama in GGUF.
    case smollm2

    /// Where it is, or would be: under `$ACTREC_MODELS`, else in `actrec/models` of the user's cache.
    public var directory: String { Self.parent(ProcessInfo.processInfo.environment) + "/" + rawValue }

    /// Whether it has been fetched.
    public var isThere: Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// The directory of all samples, by the environment; a variable that is empty counts as not set.
    package static func parent(_ environment: [String: String]) -> String {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let models = value("ACTREC_MODELS") { return models }
        let cache = value("XDG_CACHE_HOME") ?? (value("HOME") ?? NSHomeDirectory()) + "/.cache"
        return cache + "/actrec/models"
    }
}
