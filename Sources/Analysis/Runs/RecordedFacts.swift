import Queries

/// What the runs of a recording hold, by the captures that make it; and so which questions they answer.
public struct RecordedFacts {
    private let database: ReadOnlyDatabase

    public init(_ database: ReadOnlyDatabase) { self.database = database }

    /// A view that queries read, the table beneath it, and the capture that fills it.
    private struct Fact {
        let view: String
        let table: String
        let key: String
        /// Keys of one token.
        let factor: Int64
        let capture: String
    }

    private static let all = [
        Fact(view: "token_statistics", table: "site_moments", key: "moments_key", factor: 1 << 10, capture: "norm-stats"),
        Fact(view: "head_statistics", table: "head_moments", key: "moments_key", factor: 1 << 20, capture: "head-stats"),
        Fact(view: "attention_statistics", table: "attention_moments", key: "moments_key", factor: 1 << 20, capture: "patterns"),
        Fact(view: "component_shares", table: "share_values", key: "share_key", factor: 1 << 22, capture: "shares"),
        Fact(view: "token_predictions", table: "predictions", key: "token_key", factor: 1, capture: "loss"),
    ]

    /// What a query needs that a run did not record.
    public struct Missing: Sendable, Equatable {
        /// For `record --capture`.
        public let captures: [String]
        /// The newest run that has all of it.
        public let otherRun: Int64?
    }

    /// What a run lacks for a query; nil when it has everything.
    public func missing(for query: NamedQuery, run: Int64) throws -> Missing? {
        let statement = query.sql.split(separator: "\n").filter { !$0.hasPrefix("--") }.joined(separator: "\n")
        var captures: [String] = []
        var others: Set<Int64>?
        for fact in Self.all where statement.contains(fact.view) {
            let runs = try runs(with: fact)
            if runs.contains(run) { continue }
            captures.append(fact.capture)
            others = others.map { $0.intersection(runs) } ?? runs
        }
        return captures.isEmpty ? nil : Missing(captures: captures, otherRun: others?.max())
    }

    private func runs(with fact: Fact) throws -> Set<Int64> {
        var runs: Set<Int64> = []
        try database.rows(
            """
            SELECT r.run_id FROM runs r
            WHERE EXISTS (SELECT 1 FROM sequences q JOIN \(fact.table) f ON f.\(fact.key) BETWEEN q.first_token * \(fact.factor)
                AND (q.first_token + q.token_count) * \(fact.factor) - 1 WHERE q.run_id = r.run_id)
            """
        ) { runs.insert($0.integer(0)) }
        return runs
    }
}
