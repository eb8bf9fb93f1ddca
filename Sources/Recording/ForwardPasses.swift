import Transformer

/// Runs the input's batches through the model and hands what is to be recorded to the thread that writes it.
struct ForwardPasses {
    private let model: Model
    private let recorder: Recorder
    private let pieces: BoundedQueue<Piece>
    /// Tokens of the run that went through.
    private var tokens = 0
    /// False when it was stopped before the end of the input.
    private(set) var reachedEnd = false

    init(
        _ model: Model, capture: Capture, options: Recording.Options, editor: Editor?, from beginning: RecordingSession.Beginning?,
        to pieces: BoundedQueue<Piece>
    ) {
        self.model = model
        self.pieces = pieces
        recorder = Recorder(
            model, capture: capture, scheme: options.scheme, editor: editor,
            attributionTo: .init(answer: options.answer, against: options.against)
        ) { point, x in
            let piece = Piece.vectors(point, ActivationCopy(x))
            try pieces.push(piece, size: piece.size)
        }
        if let beginning {
            tokens = beginning.tokens
            recorder.restore(beginning.features, computedPairs: beginning.computedPairs)
            editor?.restore(beginning.edits)
        }
    }

    mutating func run(first: [TokenSequence]?, _ batches: inout Batches, progress: Recording.Progress) throws {
        var next: [TokenSequence]? = first
        while let sequences = next {
            try run(sequences, commitsAtOnce: batches.input.fraction == nil)
            let goesOn = progress(tokens, batches.input.fraction)
            // Stopped after the last batch, a run is complete.
            if !goesOn {
                reachedEnd = batches.isAtEnd()
                return
            }
            next = try batches.next()
        }
        reachedEnd = true
    }

    private mutating func run(_ sequences: [TokenSequence], commitsAtOnce: Bool) throws {
        let batch = Batch(sequences.map(\.tokens))
        try push(.sequences(sequences))
        recorder.editor?.begin(sequences, batch)
        try recorder.run(batch)
        tokens += batch.tokenCount
        try push(
            .results(
                BatchResults(
                    sequenceCount: sequences.count, tokenCount: batch.tokenCount, statistics: recorder.statistics,
                    shares: recorder.shares.shares, lens: recorder.lens, attribution: recorder.attribution,
                    sequencePairs: recorder.sequencePairs, features: recorder.features,
                    computedPairs: recorder.computedPairs, edits: recorder.editor?.effects ?? [],
                    firstNonfinite: recorder.firstNonfinite(sequences, model.sites),
                    inputDigest: sequences.last?.inputDigest, commitsAtOnce: commitsAtOnce)))
    }

    private func push(_ piece: Piece) throws { try pieces.push(piece, size: piece.size) }
}
