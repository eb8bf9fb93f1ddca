import Output
import Queries
import Schema

/// What the runs of a recording hold, by the captures that make it; and so which questions they answer.
public struct RecordedFacts {
    private let database: ReadOnlyDatabase

    public init(_ database: ReadOnlyDatabase) { self.database = database }

    /// Text that stands in queries that read a view, the table beneath it, and the capture that fills it.
    private typealias Fact = (mark: String, table: FactTable, capture: CapturePreset)

    private static let all: [Fact] = [
        ("token_statistics", .siteMoments, .normStats), ("site_summary", .siteMoments, .normStats),
        ("largest_features", .siteMoments, .normStats), ("hook = 'result'", .headMoments, .headStats),
        ("hook = 'pattern'", .attentionMoments, .patterns), ("head_statistics", .headMoments, .headStats),
        ("attention_statistics", .attentionMoments, .patterns), ("component_shares", .shareValues, .shares),
        ("token_predictions", .predictions, .loss), ("lens_predictions", .lensValues, .lens), ("lens_tokens", .lensValues, .lens),
        ("logit_attributions", .attributionValues, .attribution), ("attributed_logits", .attributionTargets, .attribution),
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
        for fact in Self.all where statement.contains(fact.mark) {
            look(for: fact.capture.rawValue, in: try runs(with: fact.table))
        }
        return captures.isEmpty ? nil : Missing(captures: captures, otherRun: others?.max())
    }

    /// Whether the recording has the comparison that a query is about: of schemes, or of an edited run. True for other queries.
    public func hasComparison(for query: NamedQuery) throws -> Bool {
        switch query.name {
        case "normalization_schemes": try database.number("SELECT EXISTS (SELECT 1 FROM runs WHERE label LIKE 'schemes: %')") > 0
        case "who_uses_it": try database.number("SELECT EXISTS (SELECT 1 FROM sweeps WHERE kind <> 'patch')") > 0
        case "edit_effects": try database.number("SELECT EXISTS (SELECT 1 FROM edits)") > 0
        case "runs_compared": try database.number("SELECT count(*) FROM runs") > 1
        default: true
        }
    }

    private func runs(with table: FactTable) throws -> Set<Int64> {
        try runs(
            """
            SELECT r.run_id FROM runs r
            WHERE EXISTS (SELECT 1 FROM sequences q JOIN \(table.name) f ON \(table.rows("f", ofSequence: "q")) WHERE q.run_id = r.run_id)
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
