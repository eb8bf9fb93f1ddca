import Output
import Queries

/// What the runs of a recording hold, by the captures that make it; and so which questions they answer.
public struct RecordedFacts {
    private let database: ReadOnlyDatabase

    public init(_ database: ReadOnlyDatabase) { self.database = database }

    /// Text that stands in queries that read a view, the table beneath it, and the capture that fills it.
    private struct Fact {
        let mark: String
        let table: String
        let key: String
        /// Keys of one token.
        let factor: Int64
        let capture: String
    }

    private static let all = [
        Fact(mark: "token_statistics", table: "site_moments", key: "moments_key", factor: 1 << 10, capture: "norm-stats"),
        Fact(mark: "site_summary", table: "site_moments", key: "moments_key", factor: 1 << 10, capture: "norm-stats"),
        Fact(mark: "largest_features", table: "site_moments", key: "moments_key", factor: 1 << 10, capture: "norm-stats"),
        Fact(mark: "hook = 'result'", table: "head_moments", key: "moments_key", factor: 1 << 20, capture: "head-stats"),
        Fact(mark: "hook = 'pattern'", table: "attention_moments", key: "moments_key", factor: 1 << 20, capture: "patterns"),
        Fact(mark: "head_statistics", table: "head_moments", key: "moments_key", factor: 1 << 20, capture: "head-stats"),
        Fact(mark: "attention_statistics", table: "attention_moments", key: "moments_key", factor: 1 << 20, capture: "patterns"),
        Fact(mark: "component_shares", table: "share_values", key: "share_key", factor: 1 << 22, capture: "shares"),
        Fact(mark: "token_predictions", table: "predictions", key: "token_key", factor: 1, capture: "loss"),
    ]

    /// What a query needs that a run did not record.
    public struct Missing: Sendable, Equatable {
        /// For `record --capture`.
        public let captures: [String]
        /// The newest run that has all of it.
        public let otherRun: Int64?
    }

    /// What a run lacks for a query; nil when it has everything.
    public func missing(for query: NamedQuery, values: [String: String] = [:], run: Int64) throws -> Missing? {
        let statement = query.sql.split(separator: "\n").filter { !$0.hasPrefix("--") }.joined(separator: "\n")
        var captures: [String] = []
        var others: Set<Int64>?
        func look(for capture: String, in runs: Set<Int64>) {
            if runs.contains(run) || captures.contains(capture) { return }
            captures.append(capture)
            others = others.map { $0.intersection(runs) } ?? runs
        }
        if query.usesVectorFunctions {
            let hook = values["hook"]
            let everyHook = query.parameters.contains { $0.name == "hook" }
            look(for: hook.map { "'\($0)'" } ?? "norm", in: try runsWithVectors(of: hook, orAny: everyHook))
        }
        for fact in Self.all where statement.contains(fact.mark) { look(for: fact.capture, in: try runs(with: fact)) }
        return captures.isEmpty ? nil : Missing(captures: captures, otherRun: others?.max())
    }

    /// Whether the recording has the comparison that a query is about: of schemes, or of an edited run. True for other queries.
    public func hasComparison(for query: NamedQuery) throws -> Bool {
        switch query.name {
        case "normalization_schemes": try database.number("SELECT EXISTS (SELECT 1 FROM runs WHERE label LIKE 'schemes: %')") > 0
        case "edit_effects": try database.number("SELECT EXISTS (SELECT 1 FROM edits)") > 0
        case "runs_compared": try database.number("SELECT count(*) FROM runs") > 1
        default: true
        }
    }

    private func runs(with fact: Fact) throws -> Set<Int64> {
        try runs(
            """
            SELECT r.run_id FROM runs r
            WHERE EXISTS (SELECT 1 FROM sequences q JOIN \(fact.table) f ON f.\(fact.key) BETWEEN q.first_token * \(fact.factor)
                AND (q.first_token + q.token_count) * \(fact.factor) - 1 WHERE q.run_id = r.run_id)
            """)
    }

    /// The runs that kept the vectors that a query reads: of one hook point, of any with one vector a token, or of the norms' inputs.
    private func runsWithVectors(of hook: String?, orAny: Bool) throws -> Set<Int64> {
        if let hook { return try runs("SELECT DISTINCT run_id FROM hooks WHERE name = ?1 AND head_count = 1", [.text(hook)]) }
        return try runs("SELECT DISTINCT run_id FROM hooks WHERE \(orAny ? "head_count = 1" : "name LIKE '%.hook_in'")")
    }

    private func runs(_ sql: String, _ values: [Cell] = []) throws -> Set<Int64> {
        let statement = try database.connection.prepare(sql)
        for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
        var runs: Set<Int64> = []
        while try statement.step() { runs.insert(statement.integer(0)) }
        return runs
    }
}
