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
        public var commitInterval = 2.0
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
        var batches = Batches(input, context: model.configuration.contextLength, options: options)
        // Read before the file is touched: bad input should not leave an empty run behind.
        guard let first = try batches.next() else { throw RecordingError.nothingToRecord(input: input.description) }
        let file = try RecordingFile(path: path)
        let hash = Deferred { model.weightsSHA256() }
        // A process that exits while libcrypto computes on another thread can crash in libcrypto's own clean-up.
        defer { hash.wait() }
        do {
            return try file.queue.inDatabase { db in
                let session = try RecordingFile.patiently {
                    try RecordingSession(
                        db, path: path, model: model, capture: capture, input: input.description, options: options)
                }
                file.lockWait.extend(to: .seconds(options.lockTimeout), log: options.log)
                return try session.run(first: first, &batches, weightsHash: hash, progress: progress)
            }
        } catch let error as DatabaseError {
            options.log(Message(level: .detail, text: "\(error)"))
            throw file.describe(error)
        }
    }
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
