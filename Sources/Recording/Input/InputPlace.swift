import Digest
import Foundation

/// How far an input is read, what identifies it so far, and which of its sequences are wanted.
struct InputPlace {
    /// Sequences passed, wanted or not.
    private(set) var number = 0
    /// The share that is wanted; nil for all.
    var shard: Shard?
    /// Where an earlier part of the run ended: what is before is passed over, and must be what it was then.
    var start: Start?
    /// Passes over everything.
    var wantsNothing = false
    private let digest = Digest(.sha256)

    /// The last sequence that a run has committed.
    struct Start: Equatable {
        var number: Int
        var part: Int
        /// `inputDigest` there.
        var digest: String

        func isBefore(_ sequence: TokenSequence) -> Bool { (number, part) < (sequence.number, sequence.part) }
    }

    /// Passes the next sequence, as it stands in the input; returns whether it is wanted.
    mutating func pass(_ bytes: [UInt8]) throws -> Bool {
        number += 1
        // The length in front: two texts are not one that holds both.
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { digest.update($0) }
        bytes.withUnsafeBytes { digest.update($0) }
        if wantsNothing { return false }
        if let start {
            if number < start.number { return false }
            if number == start.number, try currentDigest() != start.digest { throw RecordingError.inputChanged(number: number) }
        }
        return shard?.holds(number: number) ?? true
    }

    /// An input that ends before the place where an earlier part of the run did is another one.
    func checkEnd() throws {
        if let start, number < start.number { throw RecordingError.inputChanged(number: number + 1) }
    }

    /// SHA-256 of the sequences passed, in hexadecimal digits: each with its length in front, as 8 bytes.
    func currentDigest() throws(RecordingError) -> String {
        guard let text = digest.copy().hexadecimal() else { throw .noDigest }
        return text
    }
}

/// Input text that cannot be read.
public enum InputError: Error, Equatable, CustomStringConvertible {
    case cannotRead(file: String, reason: String)
    case notUTF8(input: String, offset: Int)
    case badJSON(file: String, line: Int, reason: String)
    case badTokenIDs(String)
    case unknownToken(id: Int, number: Int, position: Int, vocabulary: Int)

    /// A token that the tokenizer reads and the model has no row for.
    case noEmbedding(token: String, id: Int32, number: Int, position: Int, vocabulary: Int)

    public var description: String {
        switch self {
        case .cannotRead(let file, let reason): "cannot read \(file): \(reason)"
        case .notUTF8(let input, let offset):
            "\(input): not UTF-8 at byte \(offset); convert it first, for example with iconv"
        case .badJSON(let file, let line, let reason): "\(file), line \(line): \(reason)"
        case .badTokenIDs(let text):
            "--token-ids '\(text)': expected numbers separated by spaces or commas"
        case .unknownToken(let id, let number, let position, let vocabulary):
            "token id \(id) at position \(position) of sequence \(number): the vocabulary has ids 0 to \(vocabulary - 1)"
        case .noEmbedding(let token, let id, let number, let position, let vocabulary):
            "'\(token)' at position \(position) of sequence \(number): the tokenizer gives it id \(id), the model has embeddings "
                + "of ids 0 to \(vocabulary - 1); leave it out of the text"
        }
    }
}
