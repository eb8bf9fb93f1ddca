/// A table with one row for each token and place: which columns it has, and how its key is made. `schema.sql` says the same for
/// readers of the file; a test compares the two.
public struct FactTable: Hashable, Sendable {
    public let name: String
    /// The INTEGER PRIMARY KEY.
    public let keyColumn: String
    /// What stands behind the token's key in it.
    public let parts: [Part]
    /// Of a row beside its key, in the order in which they are written.
    public let columns: [String]

    /// A small number that is part of a key.
    public enum Part: Sendable {
        case depth, layer, head, component

        /// How many values there are.
        public var count: Int64 { self == .component ? 4096 : 1024 }
    }

    public static let tokens = FactTable("tokens", key: "token_key", columns: ["sequence_id", "position", "token_id"])
    public static let siteMoments = FactTable(
        "site_moments", .depth,
        columns: [
            "mean", "variance", "minimum", "maximum", "abs_max_feature", "skewness", "kurtosis", "normalized_mean",
            "normalized_variance", "out_mean", "out_variance", "in_out_cosine", "nonfinite",
        ])
    public static let queryKeyMoments = FactTable("qk_moments", .depth, .head, columns: ["mean", "variance"])
    public static let headMoments = FactTable(
        "head_moments", .layer, .head, columns: ["q", "k", "v", "z", "result"].flatMap { ["\($0)_mean", "\($0)_variance"] })
    public static let attentionMoments = FactTable(
        "attention_moments", .layer, .head, columns: ["to_first", "to_self", "entropy"])
    public static let shareValues = FactTable("share_values", .depth, .component, key: "share_key", columns: ["share"])
    public static let predictions = FactTable(
        "predictions", key: "token_key", columns: ["log_probability", "entropy", "rank", "kl"])
    public static let lensValues = FactTable(
        "lens_values", .layer, key: "lens_key",
        columns: ["log_probability", "entropy", "rank"]
            + (1...lensChoices).flatMap { ["token_\($0)", "log_probability_\($0)"] })

    public static let attributionTargets = FactTable(
        "attribution_targets", key: "token_key",
        columns: ["answer_id", "against_id", "scale", "logit", "against_logit", "predicted", "against_predicted"])
    public static let attributionValues = FactTable(
        "attribution_values", .component, key: "attribution_key", columns: ["contribution"])

    /// Of the likeliest tokens, how many a row of `lens_values` has.
    public static let lensChoices = 5

    public static let all = [
        tokens, siteMoments, queryKeyMoments, headMoments, attentionMoments, shareValues, predictions, lensValues,
        attributionTargets,
        attributionValues,
    ]

    /// How many keys a token has: its first is its own key times this.
    public let keysPerToken: Int64
    /// What a step of 1 in the first part adds to the key.
    private let firstStep: Int64

    private init(_ name: String, _ parts: Part..., key: String = "moments_key", columns: [String]) {
        (self.name, self.parts, keyColumn, self.columns) = (name, parts, key, columns)
        keysPerToken = parts.reduce(1) { $0 * $1.count }
        firstStep = parts.dropFirst().reduce(1) { $0 * $1.count }
    }

    // MARK: Numbers

    /// - Parameters:
    ///   - token: the token's key.
    ///   - first: the value of the first part.
    ///   - second: the value of the second, where there is one.
    public func key(token: Int64, _ first: Int = 0, _ second: Int = 0) -> Int64 {
        token * keysPerToken + Int64(first) * firstStep + Int64(second)
    }

    public func token(of key: Int64) -> Int64 { key / keysPerToken }

    public func value(_ part: Part, of key: Int64) -> Int64 { key / step(of: part) % part.count }

    private func step(of part: Part) -> Int64 { part == parts.first ? firstStep : 1 }

    // MARK: SQL

    /// The key of the token that a row is of.
    /// - Parameter row: the table's name in the statement.
    public func token(_ row: String) -> String { "(\(row).\(keyColumn) / \(keysPerToken))" }

    public func value(_ part: Part, _ row: String) -> String {
        "(\(row).\(keyColumn) / \(step(of: part)) % \(part.count))"
    }

    /// True of the rows of a token, or of those where the first parts have these values.
    public func rows(_ row: String, ofToken token: String, _ values: String...) -> String {
        let first = zip(parts, values).reduce(token) { "(\($0) * \($1.0.count) + \($1.1))" }
        let count = parts.dropFirst(values.count).reduce(1) { $0 * $1.count }
        return count == 1
            ? "\(row).\(keyColumn) = \(first)"
            : "\(row).\(keyColumn) BETWEEN \(first) * \(count) AND \(first) * \(count) + \(count - 1)"
    }

    /// True of the rows of all tokens from one key to another.
    public func rows(_ row: String, ofTokensFrom first: String, through last: String) -> String {
        "\(row).\(keyColumn) BETWEEN \(first) * \(keysPerToken) AND \(last) * \(keysPerToken) + \(keysPerToken - 1)"
    }

    /// True of the rows of a sequence, a row of `sequences`.
    public func rows(_ row: String, ofSequence sequence: String) -> String {
        rows(row, ofTokensFrom: "\(sequence).first_token", through: "(\(sequence).first_token + \(sequence).token_count - 1)")
    }
}
