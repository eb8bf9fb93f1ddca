import Transformer

/// One place after another changed, each in a forward pass of its own, and what the model predicts then.
///
/// A cell's numbers are those of a whole pass with the same edit, to the bit: cells are packed into batches, and each pass begins
/// at the block of its hook point, from the residual stream of the unchanged pass.
public struct Sweep: Sendable {
    /// What is put in at a cell; the values of the database's `sweeps.kind`.
    public enum Kind: String, Sendable, CaseIterable {
        /// The values of another text, the clean one, at the same place.
        case patch
        case zero
        /// The mean over the input's tokens.
        case mean
    }

    /// What a cell is.
    public enum Axes: String, Sendable, CaseIterable {
        /// A hook point, at all positions and heads.
        case layer
        case layerAndPosition = "layer,position"
        case layerAndHead = "layer,head"
    }

    /// What a pass predicts. Of a patch the first two, at the text's last token; else the loss.
    public struct Measure: Sendable, Equatable {
        /// Logit of the answer less that of the token that it is held against.
        public var logitDifference = Double.nan
        /// Of the answer, among all tokens.
        public var probability = Double.nan
        /// Mean negative log-probability of the next token, nats.
        public var loss = Double.nan

        public init() {}
    }

    /// One change, and what came of it.
    public struct Cell: Sendable {
        public let point: HookPoint
        /// Nil: all.
        public let head: Int?
        /// Nil: all.
        public let position: Int?
        public internal(set) var measure = Measure()
    }

    public let kind: Kind
    public internal(set) var cells: [Cell]
    /// Of the unchanged pass; of a patch that of the corrupt text.
    public internal(set) var base = Measure()
    /// Of a patch: the clean text's.
    public internal(set) var clean: Measure?
    /// Tokens of the input, of a patch those of one text.
    public internal(set) var tokens = 0

    /// 0 where a cell's logit difference is the corrupt text's, 1 where it is the clean one's; NaN where these are equal.
    public func normalized(_ cell: Cell) -> Double {
        guard let clean, clean.logitDifference != base.logitDifference else { return .nan }
        return (cell.measure.logitDifference - base.logitDifference) / (clean.logitDifference - base.logitDifference)
    }

    /// How much a cell's loss is above that of the unchanged pass, nats.
    public func change(_ cell: Cell) -> Double { cell.measure.loss - base.loss }
}

extension Sweep.Cell {
    /// The cells of a hook, in the order of the pass. `hook` is the last parts of hook points' names: `hook_resid_pre`,
    /// `attn.hook_z` or `hook_z`, `hook_scale`.
    public static func all(
        hook: String, over axes: Sweep.Axes, positions: Int, model: ModelConfiguration
    ) throws(SweepError) -> [Sweep.Cell] {
        let points = model.hookPoints.filter {
            $0 != .logits && ($0.description == hook || $0.description.hasSuffix("." + hook))
        }
        guard !points.isEmpty else { throw .noHookPoint(hook) }
        var cells: [Sweep.Cell] = []
        for point in points {
            switch axes {
            case .layer: cells.append(Self(point: point, head: nil, position: nil))
            case .layerAndPosition: cells += (0..<positions).map { Self(point: point, head: nil, position: $0) }
            case .layerAndHead:
                guard model.hasHeads(at: point) else { throw .noHeads(hook: hook, point: point.description) }
                cells += (0..<model.headCount(at: point)).map { Self(point: point, head: $0, position: nil) }
            }
        }
        return cells
    }
}

extension Sweep.Cell {
    /// As `all(hook:over:positions:model:)`: a cell for each head where the hook has heads, else one for each hook point.
    public static func allHeads(hook: String, model: ModelConfiguration) throws(SweepError) -> [Sweep.Cell] {
        let points = try all(hook: hook, over: .layer, positions: 0, model: model)
        guard points.contains(where: { model.hasHeads(at: $0.point) }) else { return points }
        return try all(hook: hook, over: .layerAndHead, positions: 0, model: model)
    }
}

/// Why a sweep cannot be made.
public enum SweepError: Error, Equatable, CustomStringConvertible {
    case noHookPoint(String)
    case noHeads(hook: String, point: String)
    case notOneToken(option: String, text: String, tokens: [String])
    case emptyText(String)
    /// The tokens of both texts, to show.
    case lengths(clean: [String], corrupt: [String])
    case noPrediction(model: String)
    case nothingPredicted

    public var description: String {
        switch self {
        case .noHookPoint(let hook):
            "--hook \(hook): no hook point of this model has a name that ends so; names are hook_resid_pre, hook_attn_out, "
                + "hook_mlp_out, hook_z, hook_scale and others (actrec model hooks)"
        case .noHeads(let hook, let point):
            "--hook \(hook): \(point) has no heads; take --over layer,position, or hook_z for heads"
        case .notOneToken(let option, let text, let tokens):
            tokens.isEmpty
                ? "\(option) '\(text)' has no token; give a text of one token"
                : "\(option) '\(text)' is \(tokens.count) tokens, \(Self.quoted(tokens)); give a text of one token"
        case .emptyText(let which): "the \(which) text has no token"
        case .lengths(let clean, let corrupt):
            "the clean text has \(clean.count) tokens and the corrupt one \(corrupt.count), so their positions do not pair up; clean: "
                + "\(Self.numbered(clean)); corrupt: \(Self.numbered(corrupt)); give texts of as many tokens"
        case .noPrediction(let model): "\(model) predicts no token, so a sweep has nothing to measure"
        case .nothingPredicted: "no text has a second token, so there is no loss to measure"
        }
    }

    private static func quoted(_ tokens: [String]) -> String { tokens.map { "'\($0)'" }.joined(separator: " ") }

    private static func numbered(_ tokens: [String]) -> String {
        tokens.enumerated().map { "\($0) '\($1)'" }.joined(separator: " ")
    }
}
