/// Why vectors cannot be written as arrays.
public enum VectorExportError: Error, Equatable, CustomStringConvertible {
    /// No vectors of a hook point with such a name.
    case notKept(glob: String, run: Int64, kept: [String])
    /// An `.npy` file holds one array.
    case severalHooks(path: String, hooks: [String])
    /// The rows of an array are of one length: attention scores and patterns are not.
    case differentLengths(hook: String)
    case unknownEnding(path: String)
    case cancelled

    public var description: String {
        switch self {
        case .notKept(let glob, let run, let kept) where kept.isEmpty:
            "run \(run) kept no vectors of '\(glob)'; record them with --capture '\(glob)'"
        case .notKept(let glob, let run, let kept):
            "run \(run) kept no vectors of '\(glob)'; it kept those of \(Self.list(kept))"
        case .severalHooks(let path, let hooks):
            "\(path) can hold one array, but \(hooks.count) hook points match: \(Self.list(hooks)); name one, or write a .safetensors file"
        case .differentLengths(let hook):
            "the vectors of \(hook) have different lengths, so they make no array; export activation_vectors as Parquet"
        case .unknownEnding(let path): "\(path): --vectors writes .npy and .safetensors files; name one with -o"
        case .cancelled: "stopped; nothing was written"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
}
