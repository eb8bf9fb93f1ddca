import Digest
import Foundation
import Transformer

/// All that a run's rows follow from but the input: what has to be the same for a run to be resumed, or for shards to merge.
///
/// Not in it: threads and batches' time of commit, which change no row; and the place of the input, which is known by what it holds.
struct RunConfiguration: Equatable {
    /// By the words of the command line.
    let values: [String: String]

    init(model: Model, capture: Capture, options: Recording.Options, input: TextInput) throws {
        guard let fingerprint = model.fingerprint() else { throw RecordingError.noDigest }
        var values = [
            "version": RecordingVersion.current, "model": fingerprint, "capture": capture.text, "norm": options.scheme.name,
            "long texts": options.longText.rawValue, "vectors": options.halfPrecision ? "float16" : "float32",
            "batch-tokens": "\(options.batchTokens)", "input": input.kind, "special": "\(input.parse.special)",
            "bos": "\(!input.parse.begin.isEmpty)",
        ]
        values["frozen-from"] = options.frozenFrom
        values["answer"] = options.answer.map { "token \($0)" }
        values["against"] = options.against.map { "token \($0)" }
        if !options.edits.isEmpty { values["edits"] = options.edits.map(\.text).joined(separator: "\n") }
        values["edits' files"] = try Self.digest(ofFilesOf: options.edits)
        if case .frozen(let scales) = options.scheme {
            let digest = Digest(.sha256)
            for scale in scales.flatMap({ [$0.positionZero, $0.others] }) {
                withUnsafeBytes(of: scale.bitPattern.littleEndian) { digest.update($0) }
            }
            values["frozen scales"] = digest.hexadecimal()
        }
        self.values = values
    }

    /// Of the vectors that the edits read from files; nil where there is none.
    private static func digest(ofFilesOf edits: [Edit]) throws -> String? {
        let files = edits.compactMap { if case .file(let path)? = $0.vector { path } else { nil } }
        if files.isEmpty { return nil }
        let digest = Digest(.sha256)
        for file in files { try NumPyVector.read(file).withUnsafeBytes { digest.update($0) } }
        return digest.hexadecimal()
    }

    init(values: [String: String]) { self.values = values }

    /// From `json`; nil when it is none.
    init?(json: String) {
        guard let values = try? JSONDecoder().decode([String: String].self, from: Data(json.utf8)) else { return nil }
        self.values = values
    }

    /// A JSON object, keys in order.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(values), as: UTF8.self)
        }
    }

    /// SHA-256 of `json`, in hexadecimal digits.
    var sha256: String {
        get throws {
            let digest = Digest(.sha256)
            try Array(json.utf8).withUnsafeBytes { digest.update($0) }
            guard let text = digest.hexadecimal() else { throw RecordingError.noDigest }
            return text
        }
    }

    /// One thing that is different, if anything is.
    func difference(from other: RunConfiguration) -> Difference? {
        for name in Set(values.keys).union(other.values.keys).sorted() where values[name] != other.values[name] {
            return Difference(name: name, was: other.values[name] ?? "none", now: values[name] ?? "none")
        }
        return nil
    }

    struct Difference: Equatable {
        let name: String
        let was: String
        let now: String
    }
}

extension TextInput {
    /// What its sequences are given as.
    var kind: String {
        switch source {
        case .texts: "text"
        case .tokenIDs, .sequences: "token ids"
        case .file: parse.isJSON ? "JSON lines" : "text"
        }
    }
}
