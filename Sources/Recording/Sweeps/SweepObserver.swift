import Transformer

/// What is put in at the cells of a sweep.
enum Replacement {
    /// For each row of a cell's texts, the values of another pass.
    case values([[Float]])
    case zero
    /// The same for every token.
    case vector([Float])
}

/// Changes the cells that are packed into one batch, each in its own copy of the texts, and keeps what the pass predicts.
final class SweepObserver: Observer {
    private let batch: Batch
    private let point: HookPoint
    private let cells: ArraySlice<Sweep.Cell>
    private let heads: Int
    private let replacement: Replacement
    private let reading: SweepReading
    /// Rows of one copy.
    private let rows: Int

    /// `batch` holds the texts once for each cell; all cells are at one hook point, which has `heads` heads.
    init(
        _ batch: Batch, _ cells: ArraySlice<Sweep.Cell>, at point: HookPoint, heads: Int, _ replacement: Replacement,
        reading: SweepReading
    ) {
        (self.batch, self.cells, self.point, self.heads) = (batch, cells, point, heads)
        (self.replacement, self.reading) = (replacement, reading)
        rows = batch.tokenCount / cells.count
    }

    func wants(_ point: HookPoint) -> Bool { reading.wants(point) }
    func observe(_ point: HookPoint, _ x: borrowing Activation) { reading.observe(point, x) }
    func edits(_ point: HookPoint) -> Bool { point == self.point }

    func edit(_ point: HookPoint, row: Int, _ values: UnsafeMutableBufferPointer<Float>) {
        let cell = cells[cells.startIndex + row / rows]
        if let position = cell.position, position != batch.position(ofRow: row) { return }
        let width = values.count / heads
        for i in cell.head.map({ $0 * width..<($0 + 1) * width }) ?? 0..<values.count {
            switch replacement {
            case .values(let own): values[i] = own[row % rows][i]
            case .zero: values[i] = 0
            case .vector(let vector): values[i] = vector[i]
            }
        }
    }
}

/// Keeps the rows at some hook points of an unchanged pass, and what it predicts.
final class SweepCollector: Observer {
    /// By hook point, a row for each token.
    private(set) var values: [HookPoint: [[Float]]] = [:]
    private let points: Set<HookPoint>
    private let reading: SweepReading

    init(_ points: Set<HookPoint>, reading: SweepReading) { (self.points, self.reading) = (points, reading) }

    func wants(_ point: HookPoint) -> Bool { points.contains(point) || reading.wants(point) }

    func observe(_ point: HookPoint, _ x: borrowing Activation) {
        if points.contains(point) { for row in 0..<x.rowCount { values[point, default: []].append(x[row]) } }
        if reading.wants(point) { reading.observe(point, x) }
    }
}

/// What is read from the end of a pass.
protocol SweepReading: AnyObject {
    func wants(_ point: HookPoint) -> Bool
    func observe(_ point: HookPoint, _ x: borrowing Activation)
}

/// Keeps, of each sequence, what the last norm gives at its last token: one row of logits is made of it, not one for every token.
final class LastTokenReading: SweepReading {
    private(set) var hidden: [Float] = []
    private let point: HookPoint?

    init(_ model: Model) { point = model.configuration.streamSites.last.map { .norm($0, .output) } }

    func wants(_ point: HookPoint) -> Bool { point == self.point }

    func observe(_ point: HookPoint, _ x: borrowing Activation) {
        hidden = []
        for index in 0..<x.batch.sequenceCount { hidden += x[x.batch.rows(ofSequence: index).upperBound - 1] }
    }
}

/// Keeps the log-probability of each next token.
final class LossReading: SweepReading {
    private(set) var statistics: BatchStatistics
    /// The rows of tokens that another follows.
    let predicted: [Int]

    init(_ batch: Batch, _ model: Model) throws {
        predicted = (0..<batch.sequenceCount).flatMap { batch.rows(ofSequence: $0).dropLast() }
        statistics = BatchStatistics(configuration: model.configuration)
        statistics.begin(batch, capture: try Capture(Capture.Preset.loss.rawValue, hookPoints: model.hookPoints))
    }

    func wants(_ point: HookPoint) -> Bool { point == .logits }
    func observe(_ point: HookPoint, _ x: borrowing Activation) { statistics.addPredictions(x) }
}
