import Output
import Reading

/// Checks a recording: that SQLite finds the file sound, that nothing is missing, and that the numbers obey the
/// identities they must. It reads row by row, in memory that does not grow with the file.
///
/// Bars come from the arithmetic. u = 2⁻²⁴ is the rounding error of float32; a vector kept as float16 adds 2⁻¹¹.
/// Statistics are double precision, of the float32 vectors that were there.
public struct Verifier {
    let database: ReadOnlyDatabase

    /// - Parameter timeout: seconds for one statement; nil is no limit.
    public init(path: String, timeout: Double? = nil) throws {
        database = try ReadOnlyDatabase(path: path, options: .init(timeout: timeout, damageCheck: .never))
    }

    /// Runs all checks.
    /// - Parameter found: called with each as it is done, for a table that grows.
    @discardableResult
    public func run(_ found: (Check) throws -> Void = { _ in }) throws -> [Check] {
        var checks: [Check] = []
        for family in Self.families {
            for check in checked(family) {
                try found(check)
                checks.append(check)
            }
        }
        return checks
    }

    /// Runs all checks and writes each as it is done.
    public func write(into writer: inout any RowWriter) throws -> Verdict {
        try writer.begin(columns: Check.columns)
        let checks = try run { try writer.write($0.row) }
        try writer.end()
        return Verdict(checks)
    }

    private typealias Family = (name: String, run: @Sendable (ReadOnlyDatabase) throws -> [Tally])

    private static let families: [Family] = [
        ("file", FileChecks.run), ("tokens", TokenChecks.run), ("counts", CountChecks.run),
        ("statistics", StatisticChecks.run), ("features", FeatureChecks.run), ("kept sums", KeptSumChecks.run),
        ("vectors", VectorChecks.run),
        ("heads", HeadChecks.run), ("queries and keys", QueryKeyChecks.run), ("sums", SumChecks.run),
        ("patterns", PatternChecks.run),
        ("attention", AttentionChecks.run), ("shares", ShareChecks.run), ("predictions", PredictionChecks.run),
        ("lens", LensChecks.run),
        ("attribution", AttributionChecks.run),
        ("schemes", SchemeChecks.run),
        ("float16", HalfChecks.run), ("checksums", ChecksumChecks.run),
    ]

    /// In a damaged file a family may not come to its end: that is a finding too.
    private func checked(_ family: Family) -> [Check] {
        do {
            return try family.run(database).map { try $0.check(database.place(ofToken:)) }
        } catch {
            return [
                Check(
                    name: family.name, claim: "the rows can be read", state: .failed, deviation: nil, bar: nil, compared: 0,
                    leftOut: 0,
                    detail: "\(error)")
            ]
        }
    }
}

extension ReadOnlyDatabase {
    fileprivate func place(ofToken key: Int64) throws -> String {
        let statement = try connection.prepare(
            "SELECT q.run_id, q.number, t.position FROM tokens t JOIN sequences q ON q.sequence_id = t.sequence_id WHERE t.token_key = ?"
        )
        try statement.bind(key)
        guard try statement.step() else { return "token \(key)" }
        return "run \(statement.integer(0)), sequence \(statement.integer(1)), position \(statement.integer(2))"
    }
}
