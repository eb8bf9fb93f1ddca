import Foundation
import GRDB
import Transformer

/// One run in a file: its transactions, and how it ends.
final class RecordingSession: @unchecked Sendable {
    // Sound to share: used on the file's own queue only.
    private let db: Database
    private let model: Model
    private let modelID: Int64
    private let capture: Capture
    private let options: Recording.Options
    private let run: RunWriter
    private let writer: BatchWriter
    private var disk: WriteBehind?
    private let start = ContinuousClock.now
    private var lastCommit = ContinuousClock.now
    /// The last batch that was written, committed or not.
    private var last: BatchResults?
    private var isInBatch = false
    private(set) var summary = Recording.Summary()

    init(
        _ db: Database, path: String, model: Model, capture: Capture, input: String, options: Recording.Options
    ) throws {
        self.db = db
        self.model = model
        self.capture = capture
        self.options = options
        // Committed at once, so that another recorder sees who is here.
        var made: (Int64, RunWriter, BatchWriter)?
        try db.inTransaction(.immediate) {
            let modelID = try ModelWriter(db: db).write(model)
            let run = try RunWriter(
                db, path: path, modelID: modelID, input: input, capture: capture.text, options: options)
            let writer = try BatchWriter(
                db, model: model, modelID: modelID, runID: run.runID, capture: capture, halfPrecision: options.halfPrecision)
            made = (modelID, run, writer)
            return .commit
        }
        guard let made else { throw RecordingError.locked(path: path) }
        (modelID, run, writer) = made
        disk = WriteBehind(path: path)
        summary.runID = run.runID
    }

    /// Writes what comes until no more comes. A batch that is not complete then is undone, as is all that was not committed
    /// when something fails.
    func write(_ pieces: BoundedQueue<Piece>) throws {
        do {
            while let piece = pieces.next() { try write(piece) }
            if let last, !isInBatch { try commit(last) }
            if db.isInsideTransaction { try db.rollback() }
        } catch {
            // Who fills the queue must not wait for ever; and the cause matters more than an error from cleaning up.
            pieces.fail(error)
            if db.isInsideTransaction { try? db.rollback() }
            throw error
        }
    }

    private func write(_ piece: Piece) throws {
        disk?.wrote(piece.size)
        switch piece {
        case .sequences(let sequences):
            if !db.isInsideTransaction { try db.beginTransaction(.immediate) }
            isInBatch = true
            try writer.begin(sequences)
        case .vectors(let point, let vectors):
            try writer.write(point, vectors)
        case .results(let results):
            try writer.write(results, capture: capture)
            isInBatch = false
            last = results
            let isFirst = summary.sequences == 0
            summary.sequences += results.sequenceCount
            summary.tokens += results.tokenCount
            if summary.firstNonfinite == nil { summary.firstNonfinite = results.firstNonfinite }
            // The first batch is committed at once: whoever waits for a row has one. Input of no known size may come slowly,
            // and a transaction must not stay open while it is waited for.
            if isFirst || results.commitsAtOnce || ContinuousClock.now - lastCommit >= .seconds(options.commitInterval) {
                try commit(results)
            }
        }
    }

    private func commit(_ results: BatchResults) throws {
        guard db.isInsideTransaction else { return }
        if capture.normStatistics { try writer.write(results.features) }
        try run.update(computedPairs: results.computedPairs)
        summary.seconds = (ContinuousClock.now - start) / .seconds(1)
        try run.update(sequences: summary.sequences, tokens: summary.tokens, seconds: summary.seconds)
        try db.commit()
        lastCommit = .now
    }

    /// The run is over: the input was recorded to its end, or not.
    func finish(weightsHash: Deferred<String?>?) throws {
        guard let weightsHash else { return try run.finish(.interrupted) }
        guard let sha256 = weightsHash.value() else { throw RecordingError.noDigest }
        try db.inTransaction(.immediate) {
            let known = try String.fetchOne(db, sql: "SELECT weights_sha256 FROM models WHERE model_id = ?", arguments: [modelID])
            if let known, known != sha256 { throw RecordingError.weightsChanged(model: model.name) }
            try db.execute(sql: "UPDATE models SET weights_sha256 = ? WHERE model_id = ?", arguments: [sha256, modelID])
            try run.finish(.complete)
            return .commit
        }
        summary.isComplete = true
    }
}

extension Recorder {
    /// Where the batch first met a value that is not a number, or infinite.
    func firstNonfinite(_ sequences: [TokenSequence], _ sites: [NormSite]) -> String? {
        // By depth first: from there it spreads to other tokens.
        let bad = statistics.sites.indices.filter { statistics.sites[$0].nonfinite > 0 }
        guard let index = bad.min(by: { ($0 % statistics.siteCount, $0) < ($1 % statistics.siteCount, $1) }) else { return nil }
        var row = index / statistics.siteCount
        var sequence = 0
        while row >= sequences[sequence].tokens.count {
            row -= sequences[sequence].tokens.count
            sequence += 1
        }
        return "\(sites[index % statistics.siteCount]), sequence \(sequences[sequence].number), position \(row)"
    }
}
