import Foundation
import GRDB
import Transformer

/// Records a run: text in, forward passes, rows out.
public struct Recording {
    public struct Options: Sendable {
        /// Presets and globs, as `--capture` takes them.
        public var capture = Capture.Preset.stats.rawValue
        /// The user's own name for the run.
        public var label: String?
        public var longText = LongText.refuse
        /// Where the norms take their statistics.
        public var scheme = NormScheme.token
        /// For frozen norms: the uuid of the run whose scales they have.
        public var frozenFrom: String?
        /// What is changed on the way of the forward passes.
        public var edits: [Edit] = []
        /// The run that an edited one is compared with; nil: the newest of the model without edits.
        public var comparedWith: Int64?
        /// Vectors as float16.
        public var halfPrecision = false
        /// Tokens of a forward pass: sequences are taken together up to this many.
        public var batchTokens = 1024
        /// Seconds between two commits. What a killed run loses is at most this much.
        public var commitInterval = 2.0
        /// For `--capture attribution`: the token whose logit is divided among its parts; nil: of each token the one that follows it.
        public var answer: Int32?
        /// The token whose logit is taken from the answer's first; nil: none.
        public var against: Int32?
        /// Goes on with the file's run that was interrupted, if there is one.
        public var resume = false
        /// The share of the input to record. A shard is resumed whether or not `resume` says so, and is alone in its file.
        public var shard: Shard?
        /// Seconds to wait for another program's lock before a commit is given up.
        public var lockTimeout = 3600.0
        /// Called with what there is to say, from any thread.
        public var log: @Sendable (Message) -> Void = { _ in }

        public init() {}
    }

    /// How a run went.
    public struct Summary: Sendable, Equatable {
        public var runID: Int64 = 0
        public var sequences = 0
        public var tokens = 0
        /// Texts that had no token.
        public var emptyTexts = 0
        /// Bytes of the texts that no token stands for, each once, ascending: they are dropped.
        public var lostBytes: [UInt8] = []
        /// From the first forward pass to the last commit.
        public var seconds = 0.0
        /// Where the first NaN or infinite value entered a norm; nil when there was none.
        public var firstNonfinite: String?
        /// Finite values that float16 keeps as infinite.
        public var overflowed = 0
        /// Where the first of them is.
        public var firstOverflow: String?
        /// False when it was stopped before the end of the input.
        public var isComplete = false
        /// Edits of which nothing in the run was meant.
        public var unfiredEdits: [String] = []
        /// What was there before, of a run that went on.
        public var earlier = Earlier()
        /// Whether all of it was there before.
        public var wasComplete = false

        /// The part of a run that an earlier process recorded.
        public struct Earlier: Sendable, Equatable {
            public var sequences = 0
            public var tokens = 0
            public var seconds = 0.0
        }
    }

    /// Called after each batch with tokens so far and the fraction of the input read; returns false to stop the run.
    public typealias Progress = (_ tokens: Int, _ fraction: Double?) -> Bool

    /// Records `input` as a new run of the file at `path`, which is made when it does not exist.
    ///
    /// Rows become visible to other readers whole batches at a time. An error leaves what was committed, and the run
    /// marked as interrupted. A resumed run ends with the rows of one that never stopped.
    @discardableResult
    public static func record(
        _ input: TextInput, model: Model, to path: String, options: Options = Options(),
        progress: Progress = { _, _ in true }
    ) throws -> Summary {
        let capture = try Capture(options.capture, hookPoints: model.hookPoints)
        try Components.check(capture, model, options.scheme)
        let editPlan = try editPlan(options, capture, model)
        let configuration = try RunConfiguration(model: model, capture: capture, options: options, input: input)
        var input = input
        input.place.shard = options.shard
        var file: RecordingFile?
        var earlier: RunState?
        if options.resume || options.shard != nil, Resumption.isPossible(path: path) {
            let opened = try RecordingFile(path: path)
            file = opened
            switch try opened.queue.inDatabase({
                try Resumption.find($0, path: path, configuration: configuration, shard: options.shard)
            }) {
            case .none: break
            case .unfinished(let run): earlier = run
            case .complete(let run):
                defer { opened.close() }
                let summary = try confirm(run, of: input, path: path)
                if options.shard != nil { try opened.queue.inDatabase { try settleManifest($0, path: path) } }
                return summary
            }
            input.place.start = earlier?.last
        }
        defer { file?.close() }
        var batches = Batches(input, context: model.configuration.contextLength, options: options)
        // Read before the file is touched: bad input should not leave an empty run behind.
        let first = try batches.next()
        // A run that goes on may have all of its rows, and a shard of a short input none.
        guard first != nil || earlier != nil || (options.shard != nil && batches.input.place.number > 0) else {
            throw RecordingError.nothingToRecord(input: input.description)
        }
        let output = try file ?? RecordingFile(path: path)
        file = output
        let editing = try editPlan.map { plan in
            try output.queue.inDatabase { db in
                let editor = try Editor(plan, sources: EditSources(plan, db, path: path, model: model), model: model)
                return (editor, try EditWriter.base(options.comparedWith, db, fingerprint: model.fingerprint(), path: path))
            }
        }
        let editor = editing?.0
        try editor?.check(input, options)
        let hash = Deferred { model.weightsSHA256() }
        // A process that exits while libcrypto computes on another thread can crash in libcrypto's own clean-up.
        defer { hash.wait() }
        do {
            let session = try output.queue.inDatabase { db in
                try RecordingSession(
                    db, path: path, model: model, capture: capture, input: input.description, configuration: configuration,
                    earlier: earlier, options: options, edits: editPlan, comparedWith: editing?.1, weightsHash: hash)
            }
            output.lockWait.extend(to: .seconds(options.lockTimeout), log: options.log)
            let pieces = BoundedQueue<Piece>(limit: queueBytes)
            var passes = ForwardPasses(
                model, capture: capture, options: options, editor: editor, from: session.beginning, to: pieces)
            // The forward passes go on here while the rows are written there.
            let queue = output.queue
            let writing = Deferred { Result { try queue.inDatabase { _ in try session.write(pieces) } } }
            writing.start()
            let computing = Result { try passes.run(first: first, &batches, progress: progress) }
            pieces.close()
            let written = writing.value()
            do {
                try written.get()  // where both failed, this is the cause
                try computing.get()
                var summary = session.summary
                if passes.reachedEnd {
                    let inputDigest = try batches.input.place.currentDigest()
                    summary = try output.queue.inDatabase { db in
                        try session.complete(inputDigest: inputDigest)
                        if options.shard != nil { try settleManifest(db, path: path) }
                        return session.summary
                    }
                } else {
                    try output.queue.inDatabase { _ in try session.interrupt() }
                }
                summary.unfiredEdits = editor?.neverFired ?? []
                summary.emptyTexts = batches.input.emptyCount
                summary.lostBytes = batches.input.lostBytes.sorted()
                return summary
            } catch {
                // The error that caused it matters more than one from cleaning up.
                try? output.queue.inDatabase { _ in try session.interrupt() }
                throw error
            }
        } catch let error as DatabaseError {
            options.log(Message(level: .detail, text: "\(error)"))
            throw output.describe(error)
        }
    }

    /// What the options' edits are for the model; nil where there are none.
    private static func editPlan(_ options: Options, _ capture: Capture, _ model: Model) throws -> EditPlan? {
        if options.edits.isEmpty { return nil }
        if options.shard != nil { throw EditError.withShard }
        if options.scheme != .token { throw EditError.withScheme(options.scheme.name) }
        if capture.shares { throw EditError.withParts(.shares) }
        if capture.attribution { throw EditError.withParts(.attribution) }
        return try EditPlan(options.edits, for: model.configuration)
    }

    /// What may wait to be written: enough for the passes to go on while a commit waits for the disk.
    private static let queueBytes = 32 << 20

    /// What is to say of a run that is complete: that it is, provided that the input is still its own.
    private static func confirm(_ run: RunState, of input: TextInput, path: String) throws -> Summary {
        var input = input
        try input.readToEnd()
        guard try input.place.currentDigest() == run.inputDigest else {
            throw RecordingError.otherInput(path: path, run: run.runID)
        }
        var summary = Summary()
        (summary.runID, summary.isComplete, summary.wasComplete) = (run.runID, true, true)
        (summary.sequences, summary.tokens, summary.seconds) = (run.sequences, run.tokens, run.seconds)
        summary.earlier = Summary.Earlier(sequences: run.sequences, tokens: run.tokens, seconds: run.seconds)
        return summary
    }
}

/// The input's sequences in batches, as many as fit the budget of tokens, at least one.
///
/// Where a batch ends follows from the input alone, wherever the reading of it begins: no batch reaches across the end of
/// a shard's block, and commits are at ends of batches. So a run has the same rows whether or not it was interrupted or cut
/// into shards.
struct Batches {
    private(set) var input: TextInput
    private let context: Int
    private let options: Recording.Options
    private var waiting: [TokenSequence] = []

    init(_ input: TextInput, context: Int, options: Recording.Options) {
        self.input = input
        self.context = context
        self.options = options
    }

    mutating func next() throws -> [TokenSequence]? {
        var batch: [TokenSequence] = []
        var tokens = 0
        while true {
            while waiting.isEmpty, var sequence = try input.next() {
                sequence.inputDigest = try input.place.currentDigest()
                waiting = try options.longText.apply(to: sequence, context: context).filter {
                    input.place.start?.isBefore($0) ?? true
                }
            }
            guard let sequence = waiting.first else { break }
            if let last = batch.last,
                tokens + sequence.tokens.count > options.batchTokens
                    || Shard.block(of: last.number) != Shard.block(of: sequence.number)
            {
                break
            }
            batch.append(waiting.removeFirst())
            tokens += sequence.tokens.count
        }
        return batch.isEmpty ? nil : batch
    }

    /// Whether nothing is left, as far as that can be told without waiting for input.
    mutating func isAtEnd() -> Bool {
        guard input.fraction != nil else { return false }
        do { return try next() == nil } catch { return false }
    }
}
