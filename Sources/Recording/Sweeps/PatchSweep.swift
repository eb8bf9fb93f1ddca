import Foundation
import Transformer

extension Sweep {
    /// Activation patching: each cell is a pass over the corrupt text in which the clean text's values are put in at that cell.
    ///
    /// What is measured is the prediction at the last token: the logits of `answer` and `against`, and the probability of the first.
    /// A batch has `batchTokens` tokens at most, if that is enough for one cell.
    public static func patch(
        clean: [Int32], corrupt: [Int32], answer: Int32, against: Int32, cells: [Cell], model: Model,
        batchTokens: Int = 1024
    ) throws -> Sweep {
        guard model.configuration.unembedding != .none else { throw SweepError.noPrediction(model: model.name) }
        guard clean.count == corrupt.count else {
            throw SweepError.lengths(clean: model.shown(clean), corrupt: model.shown(corrupt))
        }
        /// By sequence of the pass that was read.
        func measures(_ reading: LastTokenReading) -> [Measure] {
            let logits = reading.hidden.withUnsafeBufferPointer { model.logits(hidden: $0) }
            let width = model.configuration.vocabularySize
            return stride(from: 0, to: logits.count, by: width).map {
                Measure(logits[$0..<$0 + width], answer: Int(answer), against: Int(against))
            }
        }
        let points = Set(cells.map(\.point))
        let cleanReading = LastTokenReading(model)
        let collector = SweepCollector(points, reading: cleanReading)
        try model.forward(Batch([clean]), observer: collector)
        let reading = LastTokenReading(model)
        let passes = try SweepPasses(model, [corrupt], cells: cells, reading: reading, batchTokens: batchTokens)
        var sweep = Sweep(
            kind: .patch, cells: cells, base: measures(reading)[0], clean: measures(cleanReading)[0], tokens: corrupt.count)
        try passes.run(cells, { .values(collector.values[$0] ?? []) }, reading: { _ in LastTokenReading(model) }) {
            indices, _, read in
            for (index, measure) in zip(indices, measures(read)) { sweep.cells[index].measure = measure }
        }
        return sweep
    }
}

extension Sweep.Measure {
    /// Of one row of logits [V].
    fileprivate init(_ logits: ArraySlice<Float>, answer: Int, against: Int) {
        let first = logits.startIndex
        logitDifference = Double(logits[first + answer]) - Double(logits[first + against])
        let largest = Double(logits.max() ?? 0)
        let sum = logits.reduce(0) { $0 + exp(Double($1) - largest) }
        probability = exp(Double(logits[first + answer]) - largest) / sum
    }
}

extension Model {
    /// Tokens to show, by their texts.
    public func shown(_ tokens: [Int32]) -> [String] { tokens.map { tokenizer?.displayText(of: $0) ?? "#\($0)" } }

    /// The one token of a text. `option` is what to call it in an error.
    public func onlyToken(of text: String, option: String) throws -> Int32 {
        let tokens = try encode(text)
        guard tokens.count == 1 else { throw SweepError.notOneToken(option: option, text: text, tokens: shown(tokens)) }
        return tokens[0]
    }
}
