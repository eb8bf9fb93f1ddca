import Output
import Queries
import Reading

/// All that a report shows: one run, and the answers to the report's questions about it.
struct ReportData {
    /// Tokens whose shares are shown, at most, and rows of them: a deep model has thousands for each token.
    private static let shareTokenLimit = 500, shareRowLimit = 100_000

    let run: RunSummary
    /// By their ids. One that the recording has no rows for is empty.
    let tables: [ReportTable]
    let shown: ShownTokens
    /// How many tokens' shares are shown.
    let shareTokens: Int

    /// - Parameters:
    ///   - run: nil is the newest run with a sequence.
    ///   - tokens: how many tokens are shown one by one, the first of the run.
    init(of database: ReadOnlyDatabase, run: Int64?, tokens: Int) throws {
        let summary = try ReportTable(
            "run", sql: ReportSQL.run, parameters: [("run", run.map { .integer($0) } ?? .null)], in: database)
        self.run = try RunSummary(summary, asked: run, path: database.path)
        let id = ("run", Cell.integer(self.run.id))
        let limit = ("tokens", Cell.integer(Int64(tokens)))
        func shares(tokens: Int) throws -> ReportTable {
            try ReportTable("shares", sql: ReportSQL.shares, parameters: [id, ("tokens", .integer(Int64(tokens)))], in: database)
        }
        shareTokens = min(tokens, Self.shareTokenLimit, max(1, Self.shareRowLimit / max(1, try shares(tokens: 1).rowCount)))
        func named(_ name: String, _ parameter: (String, Cell)) throws -> ReportTable? {
            guard let query = try Queries.named(name) else { return nil }
            return try ReportTable(name, query: name, sql: query.sql, parameters: [parameter], in: database)
        }
        let tokens = try ReportTable("tokens", sql: ReportSQL.tokens, parameters: [id, limit], in: database)
        shown = ShownTokens(tokens)
        tables = try [
            summary,
            tokens,
            named("how_many_statistics", id),
            named("variance_by_depth", id),
            ReportTable("before_and_after", sql: ReportSQL.beforeAndAfter, parameters: [id], in: database),
            named("normalization_axis", id),
            named("gain_and_bias", ("model", .integer(self.run.modelID))),
            named("head_writes", id),
            shares(tokens: shareTokens),
        ].compactMap { $0 }
    }

    func table(_ id: String) -> ReportTable? { tables.first { $0.id == id && !$0.isEmpty } }
}

/// The report's own statements, from their files.
private enum ReportSQL {
    static let run = text(PackageResources.report_run_sql)
    static let tokens = text(PackageResources.report_tokens_sql)
    static let beforeAndAfter = text(PackageResources.report_before_and_after_sql)
    static let shares = text(PackageResources.report_shares_sql)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
