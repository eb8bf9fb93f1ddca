import Transformer

/// Runs the passes of a sweep over some texts: first the unchanged one, then those of the cells.
struct SweepPasses {
    private let model: Model
    private let sequences: [[Int32]]
    /// What entered each block in the unchanged pass: a row for each token, one after another.
    private var streams: [Int: [Float]] = [:]
    private let batchTokens: Int
    /// Tokens of a forward pass where nothing else is said; it has at least one copy of the texts.
    static let batchTokens = 1024

    private var tokenCount: Int { sequences.reduce(0) { $0 + $1.count } }

    /// Runs the unchanged pass, with `reading` looking at its end.
    init(
        _ model: Model, _ sequences: [[Int32]], cells: [Sweep.Cell], reading: some SweepReading, batchTokens: Int = Self.batchTokens
    ) throws {
        (self.model, self.sequences, self.batchTokens) = (model, sequences, batchTokens)
        let layers = Set(cells.compactMap { Self.firstBlock($0.point, model) })
        let collector = SweepCollector(Set(layers.map { .residualPre($0) }), reading: reading)
        try model.forward(Batch(sequences), observer: collector)
        for layer in layers { streams[layer] = collector.values[.residualPre(layer)]?.flatMap { $0 } }
    }

    /// The block at which a pass can begin that is changed at a hook point; nil where that is before the blocks.
    private static func firstBlock(_ point: HookPoint, _ model: Model) -> Int? {
        if case .norm(.final, _) = point { return model.configuration.layerCount - 1 }
        return point.layer
    }

    /// Runs the cells, as many of one hook point in a batch as fit. `body` takes each batch's cells by their indices, and what was
    /// read of their pass.
    func run<Reading: SweepReading>(
        _ cells: [Sweep.Cell], _ replacement: (HookPoint) -> Replacement, reading: (Batch) throws -> Reading,
        _ body: (Range<Int>, Batch, Reading) throws -> Void
    ) throws {
        let most = max(1, batchTokens / tokenCount)
        var first = 0
        while first < cells.count {
            let point = cells[first].point
            let end = cells[first...].prefix(most).firstIndex { $0.point != point } ?? min(first + most, cells.count)
            let batch = Batch(Array(repeating: sequences, count: end - first).flatMap { $0 })
            let read = try reading(batch)
            let observer = SweepObserver(
                batch, cells[first..<end], at: point, heads: model.configuration.headCount(at: point), replacement(point),
                reading: read)
            let layer = Self.firstBlock(point, model)
            let start: PassStart =
                if let layer, let stream = streams[layer] {
                    .block(layer, stream: Array(repeating: stream, count: end - first).flatMap { $0 })
                } else { .embeddings }
            try model.forward(batch, from: start, observer: observer)
            try body(first..<end, batch, read)
            first = end
        }
    }
}
