import Foundation
import GRDB
import Processor
import Transformer

/// One run in a file: its transactions, and how it ends.
final class RecordingSession: @unchecked Sendable {
    // Sound to share: used on the file's own queue only.
    private let db: Database
    private let model: Model
    private let modelID: Int64
    private let capture: Capture
    private let options: Recording.Options
    private let weightsHash: Deferred<String?>
    private let run: RunWriter
    private let writer: BatchWriter
    private let edits: EditWriter?
    private var disk: WriteBehind?
    private let start = ContinuousClock.now
    private var lastCommit = ContinuousClock.now
    /// The last batch that was written, committed or not.
    private var last: BatchResults?
    private var isInBatch = false
    private(set) var summary = Recording.Summary()
    /// What identifies the input up to the last batch that was written.
    private var inputDigest: String?
    /// What an earlier process left to go on from.
    let beginning: Beginning?

    /// Sums over the part of a run that is there.
    struct Beginning {
        let tokens: Int
        let features: FeatureStatistics
        /// By depth.
        let computedPairs: [NormCount]
        let edits: [EditEffect]
    }

    /// `earlier` is the run to go on with; nil begins one.
    init(
        _ db: Database, path: String, model: Model, capture: Capture, input: String, configuration: RunConfiguration,
        earlier: RunState?, options: Recording.Options, edits plan: EditPlan?, comparedWith: Int64?, weightsHash: Deferred<String?>
    ) throws {
        self.db = db
        self.model = model
        self.capture = capture
        self.options = options
        self.weightsHash = weightsHash
        // Committed at once, so that another recorder sees who is here.
        var made: (Int64, RunWriter, BatchWriter, EditWriter?)?
        try db.inTransaction(.immediate) {
            let modelID = try ModelWriter(db: db).write(model)
            let run =
                if let earlier {
                    try RunWriter(db, resuming: earlier.runID)
                } else {
                    try RunWriter(
                        db, modelID: modelID, input: input, configuration: configuration, capture: capture.text,
                        comparedWith: comparedWith, options: options)
                }
            let writer = try BatchWriter(
                db, model: model, modelID: modelID, runID: run.runID, capture: capture, options: options)
            let edits = plan.map { EditWriter(db: db, runID: run.runID, plan: $0) }
            if earlier == nil { try edits?.begin() }
            made = (modelID, run, writer, edits)
            return .commit
        }
        guard let made else { throw RecordingError.locked(path: path) }
        (modelID, run, writer, edits) = made
        disk = WriteBehind(path: path)
        summary.runID = run.runID
        let edits = edits
        beginning = try earlier.map {
            Beginning(
                tokens: $0.tokens, features: try $0.features(db, configuration: model.configuration),
                computedPairs: try $0.computedPairs(db, siteCount: model.sites.count), edits: try edits?.effects() ?? [])
        }
        if let earlier { goOn(from: earlier) }
    }

    private func goOn(from earlier: RunState) {
        (summary.sequences, summary.tokens, summary.seconds) = (earlier.sequences, earlier.tokens, earlier.seconds)
        summary.earlier = .init(sequences: earlier.sequences, tokens: earlier.tokens, seconds: earlier.seconds)
        inputDigest = earlier.inputDigest
    }

    /// Writes what comes until no more comes. A batch that is not complete then is undone, as is all that was not committed
    /// when something fails.
    func write(_ pieces: BoundedQueue<Piece>) throws {
        do {
            while let piece = pieces.next() { try Compute.beside { try write(piece) } }
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
            inputDigest = results.inputDigest
            let isFirst = summary.sequences == summary.earlier.sequences
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
        try writer.writeSums()
        try writer.writeOverflows()
        (summary.overflowed, summary.firstOverflow) = (writer.overflow.count, writer.overflow.first)
        try run.update(computedPairs: results.computedPairs)
        try edits?.update(results.edits)
        summary.seconds = summary.earlier.seconds + (ContinuousClock.now - start) / .seconds(1)
        try run.update(summary, inputDigest: inputDigest)
        try db.commit()
        lastCommit = .now
        // Not before: it reads all of the weights, and would keep a processor from the first rows.
        weightsHash.start()
    }

    /// All of the input was recorded, and `inputDigest` identifies it.
    func complete(inputDigest: String) throws {
        guard let sha256 = weightsHash.value() else { throw RecordingError.noDigest }
        try db.inTransaction(.immediate) {
            let known = try String.fetchOne(db, sql: "SELECT weights_sha256 FROM models WHERE model_id = ?", arguments: [modelID])
            if let known, known != sha256 { throw RecordingError.weightsChanged(model: model.name) }
            try db.execute(sql: "UPDATE models SET weights_sha256 = ? WHERE model_id = ?", arguments: [sha256, modelID])
            try run.update(summary, inputDigest: inputDigest)
            try run.finish(.complete)
            return .commit
        }
        summary.isComplete = true
    }

    /// The run ends before the input does.
    func interrupt() throws { try run.finish(.interrupted) }
}

extension Recorder {
    /// Where the batch first met a value that is not a number, or infinite.
    func firstNonfinite(_ sequences: [TokenSequence], _ sites: [NormSite]) -> String? {
        // By depth first: from there it spreads to other tokens.
        let bad = statistics.sites.indices.filter { statistics.sites[$0].nonfinite > 0 }
        guard let index = bad.min(by: { ($0 % statistics.siteCount, $0) < ($1 % statistics.siteCount, $1) }) else { return nil }
        var place = BatchPlace(sequences)
        _ = place.move(to: index / statistics.siteCount)
        return "\(sites[index % statistics.siteCount]), \(place)"
    }
}
