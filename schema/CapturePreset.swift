/// The words that `--capture` knows, as the column `runs.capture` has them, among globs of hook points.
public enum CapturePreset: String, CaseIterable, Sendable {
    case normStats = "norm-stats"
    case headStats = "head-stats"
    case stats, norm, residual, heads, patterns, loss, shares, lens, attribution, all

    /// What it records, for the help.
    public var summary: String {
        switch self {
        case .normStats: "statistics of every norm, per token and per feature"
        case .headStats: "statistics of every head's q, k, v, z and result"
        case .stats: "both of these (the default)"
        case .norm: "stats, and the vectors that enter and leave every norm"
        case .residual: "vectors of the residual stream: before, in and after each block"
        case .heads: "vectors of every head's q, k, v, z and result"
        case .patterns: "attention patterns, and how much of them goes to the first token"
        case .loss: "log-probability, entropy and rank of the next token"
        case .shares: "how much each embedding, head and MLP adds to a norm's variance"
        case .lens: "what the stream predicts before each block, by the last norm"
        case .attribution: "what each embedding, head and MLP adds to the next token's logit"
        case .all: "stats, loss, all vectors but the logits; not the last three"
        }
    }

    /// The tables that it fills by itself; vectors, and what is computed where they are kept, come with hook points.
    public var tables: Set<FactTable> {
        switch self {
        case .normStats: [.siteMoments, .queryKeyMoments]
        case .headStats: [.headMoments]
        case .stats, .norm: [.siteMoments, .queryKeyMoments, .headMoments]
        case .residual, .heads, .patterns: []
        case .loss: [.predictions]
        case .shares: [.shareValues]
        case .lens: [.lensValues]
        case .attribution: [.attributionTargets, .attributionValues]
        case .all: [.siteMoments, .queryKeyMoments, .headMoments, .predictions]
        }
    }

    /// The words of a capture, separated by commas or spaces: presets and globs.
    public static func words(_ capture: String) -> [String] {
        capture.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    /// What the presets among the words of a capture fill.
    public static func tables(askedForBy capture: String) -> Set<FactTable> {
        words(capture).reduce(into: []) { $0.formUnion(CapturePreset(rawValue: $1)?.tables ?? []) }
    }
}
