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
