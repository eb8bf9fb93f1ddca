/// Sequences of any lengths laid end to end, without padding: the rows of every matrix in a forward pass.
public struct Batch: Sendable, Equatable {
    /// Token ids of all sequences, one after another.
    public let tokens: [Int32]
    /// The first row of each sequence, and at the end the number of rows.
    public let starts: [Int]

    /// Sequences must not be empty: a sequence without a token has no row to look at.
    public init(_ sequences: [[Int32]]) {
        tokens = sequences.flatMap { $0 }
        starts = sequences.reduce(into: [0]) { starts, sequence in starts.append(starts[starts.count - 1] + sequence.count) }
    }

    public var tokenCount: Int { tokens.count }
    public var sequenceCount: Int { starts.count - 1 }

    /// The rows of one sequence.
    public func rows(ofSequence sequence: Int) -> Range<Int> { starts[sequence]..<starts[sequence + 1] }

    /// The sequence that a row belongs to.
    public func sequence(ofRow row: Int) -> Int {
        var low = 0
        var high = sequenceCount
        while low + 1 < high {
            let middle = (low + high) / 2
            if starts[middle] <= row { low = middle } else { high = middle }
        }
        return low
    }

    /// The position in its sequence of a row's token.
    public func position(ofRow row: Int) -> Int { row - starts[sequence(ofRow: row)] }
}
