import Digest

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
