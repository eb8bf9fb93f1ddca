import Foundation
import Reading

/// Writes the vectors of hook points as arrays for NumPy and safetensors, in memory that does not grow with them.
///
/// An array's rows are the run's tokens in order: [tokens, width], or [tokens, heads, width of a head] where there is a head axis. Its
/// values are those of the recording, float32 or float16. A safetensors file has an array for each hook point, under its name, and
/// says what the rows are: `sequence_id`, `position` and `token_id`, int64.
public struct VectorExport {
    public enum Format: String, CaseIterable, Sendable {
        case npy, safetensors

        /// The format that a file's ending names.
        public init?(endingOf path: String) { self.init(rawValue: (path as NSString).pathExtension.lowercased()) }
    }

    /// What was written.
    public struct Outcome: Sendable, Equatable {
        public let arrays: Int
        /// Of each array.
        public let rows: Int
    }

    private let database: ReadOnlyDatabase
    private let run: Int64
    private let arrays: [VectorArray]
    private let isCancelled: () -> Bool

    /// - Parameters:
    ///   - hooks: names or globs of hook points, separated by commas.
    ///   - run: its id; the newest run with a sequence when nil.
    ///   - isCancelled: asked every megabyte or so; then `VectorExportError.cancelled` is thrown.
    public init(_ database: ReadOnlyDatabase, hooks: String, run: Int64?, isCancelled: @escaping () -> Bool = { false }) throws {
        let newest = try database.number("SELECT coalesce(max(run_id), 0) FROM sequences")
        self.run = run ?? Int64(newest)
        self.database = database
        self.isCancelled = isCancelled
        arrays = try VectorArray.matching(hooks, run: self.run, in: database)
    }

    /// - Throws: `VectorExportError`, `OutputError`; what was written until then is no whole file.
    public func write(_ format: Format, to descriptor: Int32, named path: String) throws -> Outcome {
        let output = ArrayOutput(descriptor: descriptor, name: path, isCancelled: isCancelled)
        switch format {
        case .npy:
            guard arrays.count == 1 else { throw VectorExportError.severalHooks(path: path, hooks: arrays.map(\.name)) }
            try output.append(NumPyHeader.bytes(type: arrays[0].type, shape: arrays[0].shape))
        case .safetensors:
            try writeRowNames(to: output)
        }
        for array in arrays { try array.copy(from: database, to: output) }
        try output.flush()
        return Outcome(arrays: arrays.count, rows: arrays[0].rows)
    }

    /// The header, and which token each row is.
    private func writeRowNames(to output: ArrayOutput) throws {
        let rowNames = ["sequence_id", "position", "token_id"]
        var metadata = ["actrec": "vectors"]
        try database.rows("SELECT r.uuid, d.name FROM runs r JOIN models d ON d.model_id = r.model_id WHERE r.run_id = ?1", [run]) {
            (metadata["run"], metadata["model"]) = ($0.text(0), $0.text(1))
        }
        let entries =
            rowNames.map {
                SafetensorsHeaderWriter.Entry(name: $0, dtype: "I64", shape: [arrays[0].rows], bytes: 8 * arrays[0].rows)
            }
            + arrays.map {
                SafetensorsHeaderWriter.Entry(
                    name: $0.name, dtype: $0.type == .float32 ? "F32" : "F16", shape: $0.shape, bytes: $0.rows * $0.rowBytes)
            }
        try output.append(SafetensorsHeaderWriter.bytes(entries, metadata: metadata))
        for name in rowNames {
            let rows =
                "SELECT t.\(name) FROM vectors v JOIN tokens t ON t.token_key = v.token_key WHERE v.hook_id = ?1 ORDER BY v.token_key"
            try database.rows(rows, [arrays[0].hook]) { row in
                try withUnsafeBytes(of: row.integer(0).littleEndian) { try output.append($0) }
            }
        }
    }
}

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
