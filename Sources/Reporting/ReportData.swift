import Comparing
import Output
import Queries
import Reading

/// All that a report shows: one run, and the answers to the report's questions about it.
struct ReportData {
    /// Tokens whose shares are shown, at most, and rows of them: a deep model has thousands for each token.
    private static let shareTokenLimit = 500, shareRowLimit = 20_000
    /// Cells of a sweep that are shown, at most: as its statement says.
    static let sweepCellLimit = 20_000
    /// In longer runs the tokens that stand twice at the same position are not looked for: that sorts every row.
    static let contextTokenLimit = 20_000

    let run: RunSummary
    /// By their ids. One that the recording has no rows for is empty.
    let tables: [ReportTable]
    let shown: ShownTokens
    /// How many tokens are shown one by one.
    let tokenCount: Int
    /// How many tokens' shares are shown, the first of the run, beside the two followed at first.
    let shareTokens: Int

    /// - Parameters:
    ///   - run: nil is the newest run with a sequence; of a comparison of schemes, the model's own.
    ///   - tokens: how many tokens are shown one by one, the first of the run.
    init(of database: ReadOnlyDatabase, run: Int64?, tokens limit: Int) throws {
        let summary = try ReportTable(
            "run", sql: ReportSQL.run, parameters: [("run", run.map { .integer($0) } ?? .null)], in: database)
        let run = try RunSummary(summary, asked: run, path: database.path)
        self.run = run
        let id = ("run", Cell.integer(run.id))
        func own(_ name: String, _ sql: String, tokens: Int? = nil, digits: Int = 6) throws -> ReportTable {
            let values = [id] + (tokens.map { [("tokens", Cell.integer(Int64($0)))] } ?? [])
            return try ReportTable(name, sql: sql, parameters: values, digits: digits, in: database)
        }
        func sweep(_ name: String, isPatch: Bool) throws -> ReportTable {
            try ReportTable(
                name, sql: ReportSQL.sweep, parameters: [id, ("patch", .integer(isPatch ? 1 : 0))], digits: 4, in: database)
        }
        func named(_ name: String, _ parameter: (String, Cell)) throws -> ReportTable? {
            guard let query = try Queries.named(name) else { return nil }
            return try ReportTable(name, query: name, sql: query.sql, parameters: [parameter], in: database)
        }
        let text = try own("text", ReportSQL.text, tokens: limit)
        tokenCount = text.rowCount
        let tokens = try own("tokens", ReportSQL.tokens, tokens: limit, digits: 3)
        let shown = ShownTokens(tokens)
        self.shown = shown
        func shares(tokens: Int) throws -> ReportTable {
            var values = [id, ("tokens", Cell.integer(Int64(tokens)))]
            let followed = tokens > 1 ? shown.defaultPair.map { [$0.0, $0.1] } ?? [] : []
            for index in 0...1 {
                let token = followed.indices.contains(index) ? followed[index] : nil
                values.append(("sequence\(index + 1)", token.flatMap { Int64($0.sequence) }.map { .integer($0) } ?? .null))
                values.append(("position\(index + 1)", token.map { .integer(Int64($0.position)) } ?? .null))
            }
            return try ReportTable("shares", sql: ReportSQL.shares, parameters: values, digits: 4, in: database)
        }
        shareTokens = min(limit, Self.shareTokenLimit, max(2, Self.shareRowLimit / max(1, try shares(tokens: 1).rowCount)))
        tables = try [
            summary, text, tokens,
            own("surprise", ReportSQL.surprise, tokens: limit, digits: 4),
            own("attention", ReportSQL.attention, tokens: limit, digits: 3),
            Self.known(named("how_many_statistics", id), by: "pairs"),
            named("variance_by_depth", id),
            run.tokens > Self.contextTokenLimit
                ? nil : Self.known(named("context_independence", id), by: "same_before", "different_before"),
            run.isComparison ? Self.comparison(database, run.id) : nil,
            own("before_and_after", ReportSQL.beforeAndAfter),
            named("information_kept", id),
            run.isScheme ? named("normalization_schemes", id) : nil,
            named("normalization_axis", id),
            named("gain_and_bias", ("model", .integer(run.modelID))),
            named("head_writes", id),
            named("attention_sink", id),
            own("edits", ReportSQL.edits),
            own("effects", ReportSQL.effects, tokens: limit, digits: 4),
            sweep("patch", isPatch: true), sweep("ablation", isPatch: false),
            shares(tokens: shareTokens),
        ].compactMap { $0 }
    }

    /// Nil where all of these columns say that there was nothing to count.
    private static func known(_ table: ReportTable?, by columns: String...) -> ReportTable? {
        guard let table else { return nil }
        return columns.flatMap(table.numbers).contains { ($0 ?? 0) > 0 } ? table : nil
    }

    /// The rows of `actrec compare`: the statement's, with the intervals.
    private static func comparison(_ database: ReadOnlyDatabase, _ run: Int64) throws -> ReportTable? {
        let comparison = try Comparison(database, run: run)
        guard comparison.words.count > 1 else { return nil }
        return try ReportTable("compare", sql: Comparison.sql, parameters: [("run", .integer(run))]) { writer in
            try comparison.writeRows(to: &writer)
        }
    }

    func table(_ id: String) -> ReportTable? { tables.first { $0.id == id && !$0.isEmpty } }

    /// The words of question 4: those that the run compares, else the project's own where the text has both.
    var comparedWords: (String, String)? {
        if let table = table("compare") {
            var words: [String] = []
            for word in table.texts("word") where !words.contains(word) { words.append(word) }
            return words.count > 1 ? (words[0], words[1]) : nil
        }
        guard shown.hasProjectWords, let (first, second) = shown.defaultPair else { return nil }
        func word(_ token: ShownTokens.Token) -> String { token.text.hasPrefix(" ") ? String(token.text.dropFirst()) : token.text }
        return (word(first), word(second))
    }
}

/// The report's own statements, from their files.
private enum ReportSQL {
    static let run = text(PackageResources.report_run_sql)
    static let text = text(PackageResources.report_text_sql)
    static let tokens = text(PackageResources.report_tokens_sql)
    static let surprise = text(PackageResources.report_surprise_sql)
    static let attention = text(PackageResources.report_attention_sql)
    static let beforeAndAfter = text(PackageResources.report_before_and_after_sql)
    static let shares = text(PackageResources.report_shares_sql)
    static let edits = text(PackageResources.report_edits_sql)
    static let sweep = text(PackageResources.report_sweep_sql)
    static let effects = text(PackageResources.report_effects_sql)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
