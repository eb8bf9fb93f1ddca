import CSQLite
import Foundation
import Output
import Queries

/// Why a named query found nothing, or not a word that it was asked for: what is missing, and the command that records it.
public struct EmptyAnswer {
    private let query: NamedQuery
    private let values: [String: String]
    private let database: ReadOnlyDatabase

    public init(of query: NamedQuery, values: [String: String], in database: ReadOnlyDatabase) {
        (self.query, self.values, self.database) = (query, values, database)
    }

    /// One sentence for each reason. - Parameter rows: that the query gave.
    public func reasons(rows: Int) throws -> [String] {
        guard let newest = try integers("SELECT max(run_id) FROM sequences", []).first?.first else {
            return rows > 0 ? [] : ["\(database.path) holds no sequence yet; record one: \(record(""))"]
        }
        let run = values["run"].flatMap { Int64($0) } ?? newest
        guard try !integers("SELECT 1 FROM sequences WHERE run_id = ?1 LIMIT 1", [.integer(run)]).isEmpty else {
            let runs = try integers("SELECT DISTINCT run_id FROM sequences ORDER BY 1", []).compactMap(\.first)
            return rows > 0 ? [] : ["run \(run) has no sequence; those with one: \(list(runs.map(String.init)))"]
        }
        let missing = try missingFacts(run)
        if rows == 0, let reason = try comparison() { return [reason] }
        var reasons = missing.isEmpty ? try site(run) + words(run) : []
        if rows == 0 { reasons = missing + reasons }
        if rows == 0, reasons.isEmpty { reasons.append(try others(run)) }
        return reasons
    }

    /// What a question about several runs lacks.
    private func comparison() throws -> String? {
        let path = database.path
        switch query.name {
        case "normalization_schemes":
            return "no comparison of schemes is in \(path): runs of record --norm lack the twins with the last token changed; "
                + "it is made by: actrec schemes -o \(path) TEXT"
        case "edit_effects" where try integers("SELECT 1 FROM edits LIMIT 1", []).isEmpty:
            return "no run in \(path) has edits; record the same text with one: "
                + record(" --capture loss --edit 'blocks.0.attn.hook_z[0] = 0'")
        case "who_uses_it" where try integers("SELECT 1 FROM sweeps WHERE kind <> 'patch' LIMIT 1", []).isEmpty:
            return "\(path) has no ablation; it is made by: actrec ablate -o \(path) TEXT"
        case "runs_compared" where try integers("SELECT DISTINCT run_id FROM sequences LIMIT 2", []).count == 1:
            return "\(path) has one run; record the same text with another model, --norm or --edit: \(record(""))"
        default: return nil
        }
    }

    private func missingFacts(_ run: Int64) throws -> [String] {
        guard let missing = try RecordedFacts(database).missing(for: query, values: values, run: run) else { return [] }
        let other = missing.otherRun.map { "; run \($0) has it: --run \($0)" } ?? ""
        return [
            "run \(run) did not record \(missing.captures.joined(separator: " and ")); record it with: "
                + record(" --capture \(missing.captures.joined(separator: ","))") + other
        ]
    }

    private func record(_ options: String) -> String { "actrec record\(options) -o \(database.path) TEXT" }

    /// A normalization site that the model does not have.
    private func site(_ run: Int64) throws -> [String] {
        guard let site = values["site"] else { return [] }
        var names: [String] = []
        try each(
            "SELECT s.site FROM runs r JOIN sites s ON s.model_id = r.model_id WHERE r.run_id = ?1 ORDER BY s.depth",
            [.integer(run)]
        ) {
            names.append($0.text(0))
        }
        return names.contains(site) ? [] : ["the model has no site '\(TerminalText.escaped(site))'; its sites are \(list(names))"]
    }

    /// Words that are no token of the run's texts, or stand at position 0 alone.
    private func words(_ run: Int64) throws -> [String] {
        guard let parameter = query.parameters.first(where: { ["tokens", "word"].contains($0.name) }) else { return [] }
        let words = (values[parameter.name] ?? parameter.whenOmitted).split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        var reasons: [String] = []
        for word in Set(words).sorted() where !word.isEmpty {
            let found =
                try integers(
                    """
                    SELECT count(*), total(t.position > 0) FROM vocabulary w
                    JOIN runs r ON r.model_id = w.model_id JOIN tokens t ON t.token_id = w.token_id
                    JOIN sequences q ON q.sequence_id = t.sequence_id AND q.run_id = r.run_id
                    WHERE r.run_id = ?1 AND w.text IN (?2, ' ' || ?2)
                    """, [.integer(run), .text(word)]
                ).first ?? [0, 0]
            let name = "'\(TerminalText.escaped(word))'"
            if found[0] == 0 {
                reasons.append(
                    "\(name) is no token of run \(run): the text does not have it, or it is cut into pieces (actrec tokenize TEXT shows how); "
                        + "record a text that has it: \(record(""))")
            } else if found[1] == 0 {
                reasons.append(
                    "\(name) stands only at position 0 in run \(run), which is left out; record a text where it comes later: \(record(""))"
                )
            }
        }
        return reasons
    }

    private func others(_ run: Int64) throws -> String {
        let longest = try integers("SELECT max(token_count) FROM sequences WHERE run_id = ?1", [.integer(run)]).first?.first ?? 0
        if longest <= 1 {
            return "run \(run) has no token after position 0, and position 0 is left out; record a longer text: \(record(""))"
        }
        let given = values.sorted { $0.key < $1.key }.map { "\($0.key)=\(TerminalText.escaped($0.value))" }
        return given.isEmpty ? "run \(run) has nothing of this kind" : "run \(run) has nothing for \(given.joined(separator: ", "))"
    }

    private func list(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }

    /// The rows of a statement whose columns are integers; a NULL ends its row.
    private func integers(_ sql: String, _ values: [Cell]) throws -> [[Int64]] {
        var rows: [[Int64]] = []
        try each(sql, values) { statement in
            rows.append(statement.columns.indices.prefix { !statement.isNull($0) }.map { statement.integer($0) })
        }
        return rows
    }

    private func each(_ sql: String, _ values: [Cell], _ body: (Statement) throws -> Void) throws {
        let statement = try database.connection.prepare(sql)
        for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
        while try statement.step() { try body(statement) }
    }
}
