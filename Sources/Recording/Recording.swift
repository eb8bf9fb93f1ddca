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
        /// Vectors as float16.
        public var halfPrecision = false
        /// Tokens of a forward pass: sequences are taken together up to this many.
        public var batchTokens = 1024
        /// Seconds between two commits. What a killed run loses is at most this much.
        public var commitInterval = 5.0

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
        /// False when it was stopped before the end of the input.
        public var isComplete = false
    }

    /// Called after each batch with tokens so far and the fraction of the input read; returns false to stop the run.
    public typealias Progress = (_ tokens: Int, _ fraction: Double?) -> Bool

    /// Records `input` as a new run of the file at `path`, which is made when it does not exist.
    ///
    /// Rows become visible to other readers whole batches at a time. An error leaves what was committed, and the run
    /// marked as interrupted.
    @discardableResult
    public static func record(
        _ input: TextInput, model: Model, to path: String, options: Options = Options(),
        progress: Progress = { _, _ in true }
    ) throws -> Summary {
        let capture = try Capture(options.capture, hookPoints: model.hookPoints)
        try Components.check(capture, model.configuration)
        var batches = Batches(input, context: model.configuration.contextLength, options: options)
        // Read before the file is touched: bad input should not leave an empty run behind.
        guard let first = try batches.next() else { throw RecordingError.nothingToRecord(input: input.description) }
        let file = try RecordingFile(path: path)
        let hash = Deferred { model.weightsSHA256() }
        // A process that exits while libcrypto computes on another thread can crash in libcrypto's own clean-up.
        defer { hash.wait() }
        do {
            let session = try file.queue.inDatabase { db in
                try RecordingSession(db, path: path, model: model, capture: capture, input: input.description, options: options)
            }
            let pieces = BoundedQueue<Piece>(limit: queueBytes)
            var passes = ForwardPasses(model, capture: capture, options: options, to: pieces)
            // The forward passes go on here while the rows are written there.
            let writing = Deferred { Result { try file.queue.inDatabase { _ in try session.write(pieces) } } }
            let computing = Result { try passes.run(first: first, &batches, progress: progress) }
            pieces.close()
            let written = writing.value()
            let isComplete = passes.reachedEnd
            let ending = Result {
                try written.get()  // where both failed, this is the cause
                try computing.get()
                try file.queue.inDatabase { _ in try session.finish(weightsHash: isComplete ? hash : nil) }
            }
            if case .failure(let error) = ending {
                try? file.queue.inDatabase { _ in try session.finish(weightsHash: nil) }
                throw error
            }
            var summary = session.summary
            summary.emptyTexts = batches.input.emptyCount
            summary.lostBytes = batches.input.lostBytes.sorted()
            return summary
        } catch let error as DatabaseError {
            throw RecordingFile.describe(error, path: path)
        }
    }

    /// What may wait to be written: enough for the passes to go on while a commit waits for the disk.
    private static let queueBytes = 32 << 20
}

/// The input's sequences in batches, as many as fit the budget of tokens, at least one.
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
            if waiting.isEmpty, let sequence = try input.next() {
                waiting = try options.longText.apply(to: sequence, context: context)
            }
            guard let sequence = waiting.first else { break }
            if !batch.isEmpty, tokens + sequence.tokens.count > options.batchTokens { break }
            batch.append(waiting.removeFirst())
            tokens += sequence.tokens.count
        }
        return batch.isEmpty ? nil : batch
    }
}
