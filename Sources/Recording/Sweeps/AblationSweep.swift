import Transformer

extension Sweep {
    /// Each cell is a pass over all texts in which zero, or the mean over their tokens, is put in at that cell. What is measured is
    /// the mean loss.
    public static func ablate(
        _ input: TextInput, with kind: Kind, cells: [Cell], longText: LongText = .refuse, model: Model
    ) throws -> Sweep {
        guard model.configuration.unembedding != .none else { throw SweepError.noPrediction(model: model.name) }
        var options = Recording.Options()
        (options.longText, options.batchTokens) = (longText, SweepPasses.batchTokens)
        var batches = Batches(input, context: model.configuration.contextLength, options: options)
        var texts: [[[Int32]]] = []
        while let next = try batches.next() { texts.append(next.map(\.tokens)) }
        guard !texts.isEmpty else { throw RecordingError.nothingToRecord(input: input.description) }
        let predicted = texts.joined().reduce(0) { $0 + $1.count - 1 }
        guard predicted > 0 else { throw SweepError.nothingPredicted }

        let means = kind == .mean ? try self.means(at: Set(cells.map(\.point)), texts, model) : [:]
        var sums = [Double](repeating: 0, count: cells.count)
        var base = 0.0
        for sequences in texts {
            let reading = try LossReading(Batch(sequences), model)
            let passes = try SweepPasses(model, sequences, cells: cells, reading: reading)
            base += reading.losses().reduce(0, +)
            try passes.run(cells, { means[$0].map { .vector($0) } ?? .zero }, reading: { try LossReading($0, model) }) {
                indices, _, read in
                let losses = read.losses()
                let perCell = losses.count / indices.count
                for (number, index) in indices.enumerated() {
                    sums[index] += losses[number * perCell..<(number + 1) * perCell].reduce(0, +)
                }
            }
        }
        var sweep = Sweep(kind: kind, cells: cells, tokens: texts.joined().reduce(0) { $0 + $1.count })
        sweep.base.loss = base / Double(predicted)
        for (index, sum) in sums.enumerated() { sweep.cells[index].measure.loss = sum / Double(predicted) }
        return sweep
    }

    /// The mean over all tokens at some hook points, summed in the order of the input.
    private static func means(at points: Set<HookPoint>, _ texts: [[[Int32]]], _ model: Model) throws -> [HookPoint: [Float]] {
        var sums: [HookPoint: [Double]] = [:]
        var count = 0.0
        for sequences in texts {
            let batch = Batch(sequences)
            let collector = SweepCollector(points, reading: NoReading())
            try model.forward(batch, observer: collector)
            count += Double(batch.tokenCount)
            for (point, rows) in collector.values {
                var sum = sums[point] ?? Array(repeating: 0, count: rows[0].count)
                for row in rows { for i in row.indices { sum[i] += Double(row[i]) } }
                sums[point] = sum
            }
        }
        return sums.mapValues { $0.map { Float($0 / count) } }
    }
}

/// Reads nothing.
private final class NoReading: SweepReading {
    func wants(_ point: HookPoint) -> Bool { false }
    func observe(_ point: HookPoint, _ x: borrowing Activation) {}
}

extension LossReading {
    /// Negative log-probabilities of the tokens that follow, in the order of the rows; nothing follows the last of a sequence.
    fileprivate func losses() -> [Double] { predicted.map { -statistics.logProbability[$0] } }
}
