import Foundation
import Recording
import Transformer

/// A text to run under several schemes: read once, with its twin.
struct SchemesInput {
    let sequences: [TokenSequence]
    /// The same, with the last token of each sequence replaced by another.
    let changed: [TokenSequence]
    let tokenCount: Int
    let origin: String

    init(_ input: TextInput, model: Model, longText: LongText) throws {
        var input = input
        var sequences: [TokenSequence] = []
        while let sequence = try input.next() {
            sequences += try longText.apply(to: sequence, context: model.configuration.contextLength)
        }
        if sequences.isEmpty { throw RecordingError.nothingToRecord(input: input.description) }
        self.sequences = sequences
        changed = sequences.map { Self.changed($0, vocabulary: model.configuration.vocabularySize) }
        tokenCount = sequences.reduce(0) { $0 + $1.tokens.count }
        origin = input.description
    }

    private static func changed(_ sequence: TokenSequence, vocabulary: Int) -> TokenSequence {
        var changed = sequence
        changed.text = nil  // it is no longer what the tokens say
        // Which one does not matter, only that it differs.
        if let last = changed.tokens.popLast() { changed.tokens.append((last + 1) % Int32(vocabulary)) }
        return changed
    }
}

/// Where a recording that is made only to be read at once lies.
enum RecordingPlace {
    /// Calls `body` with `path`, or with a place that is removed afterwards when there is none.
    static func with<Result>(_ path: String?, _ body: (String) throws -> Result) throws -> Result {
        if let path { return try body(path) }
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("actrec-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try body(directory.appendingPathComponent("run.db").path)
    }
}
