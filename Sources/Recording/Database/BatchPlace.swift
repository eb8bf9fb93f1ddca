/// Whose token a row of a batch is, for rows that come in ascending order.
struct BatchPlace: CustomStringConvertible {
    private let sequences: [TokenSequence]
    private var index = 0
    /// The batch's row at which the sequence begins.
    private var first = 0
    private var row = 0

    init(_ sequences: [TokenSequence]) { self.sequences = sequences }

    /// The row's position in its sequence, from 0.
    mutating func move(to row: Int) -> Int {
        self.row = row
        while row >= first + sequences[index].tokens.count {
            first += sequences[index].tokens.count
            index += 1
        }
        return row - first
    }

    var description: String { "sequence \(sequences[index].number), position \(row - first)" }
}
