import Transformer

/// Keeps everything it is shown, as copies.
final class Collector: Observer {
    private let wanted: (HookPoint) -> Bool
    /// Row after row of each hook point's values.
    private(set) var values: [HookPoint: [[Float]]] = [:]
    private(set) var heads: [HookPoint: Int] = [:]
    /// The order in which hook points came.
    private(set) var order: [HookPoint] = []

    init(_ wanted: @escaping (HookPoint) -> Bool = { _ in true }) {
        self.wanted = wanted
    }

    func wants(_ point: HookPoint) -> Bool { wanted(point) }

    func observe(_ point: HookPoint, _ activation: borrowing Activation) {
        if values[point] == nil { order.append(point) }
        heads[point] = activation.heads
        for row in 0..<activation.rowCount { values[point, default: []].append(activation[row]) }
    }
}

/// The values of one pass over a batch.
func observe(_ model: Model, _ batch: Batch, _ wanted: @escaping (HookPoint) -> Bool = { _ in true }) throws -> Collector {
    let collector = Collector(wanted)
    try model.forward(batch, observer: collector)
    return collector
}
