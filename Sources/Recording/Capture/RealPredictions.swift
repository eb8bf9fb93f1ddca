import Transformer

/// What the real model, whose norms are its own, predicts for a batch: to measure how far another scheme is from it.
final class RealPredictions: Observer {
    private var hidden: [Float] = []
    private let model: Model

    /// What the predictions are read from.
    private let last: HookPoint?

    init(_ model: Model) {
        self.model = model
        last = model.configuration.streamSites.last.map { .norm($0, .output) }
    }

    func run(_ batch: Batch) throws {
        try model.forward(batch, observer: self)
    }

    /// [rows, V]
    func logits(rows: Range<Int>) -> [Float] {
        let width = model.configuration.width
        return hidden[(rows.lowerBound * width)..<(rows.upperBound * width)].withUnsafeBufferPointer {
            model.logits(hidden: $0)
        }
    }

    func wants(_ point: HookPoint) -> Bool { point == last }
    func observe(_ point: HookPoint, _ activation: borrowing Activation) { hidden = activation.copy() }
}
