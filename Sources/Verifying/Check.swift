import Output

/// What one check of a recording found.
public struct Check: Sendable, Equatable {
    public enum State: String, Sendable {
        case ok, failed
        /// The recording holds nothing that it could look at.
        case notRecorded = "not recorded"
        /// It holds values, but none that is finite and could be compared.
        case nothingCompared = "nothing compared"
    }

    public let name: String
    /// What must hold.
    public let claim: String
    public let state: State
    /// The deviation that comes nearest to its bar, or goes farthest beyond it; nil where nothing was compared.
    public let deviation: Double?
    /// The largest deviation that is still right.
    public let bar: Double?
    /// Values that were compared.
    public let compared: Int
    /// Values that were not compared: not finite.
    public let leftOut: Int
    /// Where that deviation is, or what is wrong.
    public let detail: String?
}

extension Check {
    /// The names of the cells of `row`.
    public static let columns = ["check", "state", "deviation", "bar", "compared", "left_out", "claim", "detail"]

    /// Those that a narrow terminal shows.
    public static let shown = ["check", "state", "deviation", "bar", "compared"]

    /// The check as a row for `RowWriter`.
    public var row: [Cell] {
        [
            .text(name), .text(state.rawValue), deviation.map { .real($0) } ?? .null, bar.map { .real($0) } ?? .null,
            .integer(Int64(compared)), .integer(Int64(leftOut)), .text(claim), detail.map { .text($0) } ?? .null,
        ]
    }
}
