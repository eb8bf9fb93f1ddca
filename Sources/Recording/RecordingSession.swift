import Foundation
import GRDB
import Transformer

/// One run on an open connection: transactions, batches, and how it ends.
final class RecordingSession {
    private let db: Database
    private let model: Model
    private let modelID: Int64
    private let options: Recording.Options
    private let run: RunWriter
    private let writer: BatchWriter
    private let recorder: Recorder
    private var summary = Recording.Summary()

    init(
        _ db: Database, path: String, model: Model, capture: Capture, input: String, options: Recording.Options
    ) throws {
        self.db = db
        self.model = model
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
        let writer = made.2
        (modelID, run, self.writer) = made
        recorder = Recorder(model, capture: capture, scheme: options.scheme) { try writer.write($0, $1) }
        summary.runID = run.runID
    }

    func run(
        first: [TokenSequence], _ batches: inout Batches, weightsHash: Deferred<String?>, progress: Recording.Progress
    ) throws -> Recording.Summary {
        do {
            try recordBatches(first: first, &batches, progress: progress)
            summary.emptyTexts = batches.input.emptyCount
            summary.lostBytes = batches.input.lostBytes.sorted()
            try finish(weightsHash: weightsHash)
        } catch {
            // What is not committed is undone; the error that caused it matters more than one from cleaning up.
            if db.isInsideTransaction { try? db.rollback() }
            try? run.finish(.interrupted)
            throw error
        }
        return summary
    }

    private func recordBatches(first: [TokenSequence], _ batches: inout Batches, progress: Recording.Progress) throws {
        let start = ContinuousClock.now
        var lastCommit = start
        var next: [TokenSequence]? = first
        summary.isComplete = true
        while let sequences = next {
            if !db.isInsideTransaction { try db.beginTransaction(.immediate) }
            try record(sequences)
            let now = ContinuousClock.now
            summary.seconds = (now - start) / .seconds(1)
            // The first batch is committed at once: whoever waits for a row has one. Input of no known size may come slowly,
            // and a transaction must not stay open while it is waited for.
            if summary.sequences == sequences.count || batches.input.fraction == nil
                || now - lastCommit >= .seconds(options.commitInterval) {
                try commit()
                lastCommit = now
            }
            guard progress(summary.tokens, batches.input.fraction) else {
                summary.isComplete = false
                break
            }
            next = try batches.next()
        }
        if db.isInsideTransaction { try commit() }
        summary.seconds = (ContinuousClock.now - start) / .seconds(1)
    }

    private func record(_ sequences: [TokenSequence]) throws {
        let batch = Batch(sequences.map(\.tokens))
        try writer.begin(sequences)
        try recorder.run(batch)
        try writer.write(recorder.statistics, capture: recorder.capture, tokenCount: batch.tokenCount)
        try writer.writeSequenceMoments(recorder.sequencePairs)
        if recorder.capture.shares { try writer.write(recorder.shares, tokenCount: batch.tokenCount) }
        summary.sequences += sequences.count
        summary.tokens += batch.tokenCount
        if summary.firstNonfinite == nil { summary.firstNonfinite = recorder.firstNonfinite(sequences, model.sites) }
    }

    private func commit() throws {
        if recorder.capture.normStatistics { try writer.write(recorder.features) }
        try run.update(computedPairs: recorder.computedPairs)
        try run.update(sequences: summary.sequences, tokens: summary.tokens, seconds: summary.seconds)
        try db.commit()
    }

    private func finish(weightsHash: Deferred<String?>) throws {
        guard summary.isComplete else { return try run.finish(.interrupted) }
        guard let sha256 = weightsHash.value() else { throw RecordingError.noDigest }
        try db.inTransaction(.immediate) {
            let known = try String.fetchOne(db, sql: "SELECT weights_sha256 FROM models WHERE model_id = ?", arguments: [modelID])
            if let known, known != sha256 { throw RecordingError.weightsChanged(model: model.name) }
            try db.execute(sql: "UPDATE models SET weights_sha256 = ? WHERE model_id = ?", arguments: [sha256, modelID])
            try run.update(sequences: summary.sequences, tokens: summary.tokens, seconds: summary.seconds)
            try run.finish(.complete)
            return .commit
        }
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
