import CKernels
import GRDB

/// Which sum of `statistic_sums` a row is.
struct SumKey: Hashable {
    /// The table whose rows are summed.
    enum Facts: String {
        case sites = "site_moments"
        case queryKeys = "qk_moments"
        case heads = "head_moments"
        case attention = "attention_moments"
    }

    let facts: Facts
    /// Depth of a site, or layer of a head.
    let place: Int
    let head: Int
    /// 0 at position 0, 1 at position 1, 2 after.
    let positions: Int
    let statistic: String
}

/// A feature that is the largest of a token.
struct LargestFeature: Equatable {
    struct Key: Hashable {
        let depth, feature: Int
    }

    var tokens: Int64 = 0
    var atPositionZero: Int64 = 0
    /// Of these, with a finite value and scale.
    var finite: Int64 = 0
    var absoluteSum = 0.0
    var sigmaSum = 0.0

    mutating func add(_ other: LargestFeature) {
        tokens += other.tokens
        atPositionZero += other.atPositionZero
        finite += other.finite
        absoluteSum += other.absoluteSum
        sigmaSum += other.sigmaSum
    }
}

/// How the log scales of two sites vary together.
struct ScaleComoment: Equatable {
    struct Key: Hashable {
        let depth, other: Int
    }

    var n: Int64
    var mean, otherMean, comoment: Double

    mutating func add(_ more: ScaleComoment) {
        let total = Double(n + more.n)
        guard total > 0 else { return }
        let (delta, otherDelta) = (more.mean - mean, more.otherMean - otherMean)
        comoment += more.comoment + delta * otherDelta * (Double(n) * Double(more.n) / total)
        mean += delta * (Double(more.n) / total)
        otherMean += otherDelta * (Double(more.n) / total)
        n += more.n
    }
}

/// The tokens with the largest values, as many as are kept.
struct LargestTokens: Equatable {
    struct Key: Hashable {
        let depth: Int
        let isPositionZero: Bool
    }

    static let most = 100

    private(set) var count = 0
    private(set) var values = [Double](repeating: 0, count: most)
    private(set) var keys = [Int64](repeating: 0, count: most)

    mutating func add(_ n: Int, _ values: UnsafePointer<Double>, keys: UnsafePointer<Int64>) {
        ak_keep_largest(n, values, keys, Self.most, &count, &self.values, &self.keys)
    }
}

/// The sums over the tokens of a run, as the tables keep them: read from a file, added to those of other tokens, written.
struct SumTables {
    var statistics: [SumKey: ak_sum] = [:]
    var features: [LargestFeature.Key: LargestFeature] = [:]
    var comoments: [ScaleComoment.Key: ScaleComoment] = [:]
    var tokens: [LargestTokens.Key: LargestTokens] = [:]

    /// The columns of a row by type.
    struct Row {
        var texts: [String] = []
        var integers: [Int64] = []
        var reals: [Double] = []
    }

    /// Gives the rows of a statement whose columns are so many texts, then integers, then reals.
    typealias Reader = (_ sql: String, _ texts: Int, _ integers: Int) throws -> [Row]

    init() {}

    /// - Parameter tokenKey: the key that a token has here.
    init(run: Int64, rows: Reader, tokenKey: (Int64) throws -> Int64 = { $0 }) throws {
        for row in try rows(
            """
            SELECT facts, statistic, place, head, positions, n, minimum_token, maximum_token, mean, m2, minimum, maximum
            FROM statistic_sums WHERE run_id = \(run)
            """, 2, 6)
        {
            guard let facts = SumKey.Facts(rawValue: row.texts[0]) else { continue }
            let key = SumKey(
                facts: facts, place: Int(row.integers[0]), head: Int(row.integers[1]), positions: Int(row.integers[2]),
                statistic: row.texts[1])
            statistics[key] = ak_sum(
                n: row.integers[3], mean: row.reals[0], m2: row.reals[1], minimum: row.reals[2], maximum: row.reals[3],
                minimum_key: try tokenKey(row.integers[4]), maximum_key: try tokenKey(row.integers[5]))
        }
        for row in try rows(
            "SELECT depth, feature, tokens, at_position_0, finite, abs_sum, sigma_sum FROM largest_feature_sums WHERE run_id = \(run)",
            0, 5)
        {
            features[.init(depth: Int(row.integers[0]), feature: Int(row.integers[1]))] = LargestFeature(
                tokens: row.integers[2], atPositionZero: row.integers[3], finite: row.integers[4], absoluteSum: row.reals[0],
                sigmaSum: row.reals[1])
        }
        for row in try rows(
            "SELECT depth, other_depth, n, mean, other_mean, comoment FROM scale_comoments WHERE run_id = \(run)", 0, 3)
        {
            comoments[.init(depth: Int(row.integers[0]), other: Int(row.integers[1]))] = ScaleComoment(
                n: row.integers[2], mean: row.reals[0], otherMean: row.reals[1], comoment: row.reals[2])
        }
        for row in try rows(
            "SELECT depth, position_0, token_key, variance FROM largest_tokens WHERE run_id = \(run) ORDER BY rank", 0, 3)
        {
            let key = LargestTokens.Key(depth: Int(row.integers[0]), isPositionZero: row.integers[1] == 1)
            tokens[key, default: LargestTokens()].add(1, [row.reals[0]], keys: [try tokenKey(row.integers[2])])
        }
    }

    /// Adds the sums of other tokens.
    mutating func add(_ other: SumTables) {
        for (key, sum) in other.statistics { withUnsafePointer(to: sum) { ak_merge_sums(&statistics[key, default: ak_sum()], $0) } }
        for (key, sum) in other.features { features[key, default: LargestFeature()].add(sum) }
        for (key, sum) in other.comoments {
            comoments[key, default: ScaleComoment(n: 0, mean: 0, otherMean: 0, comoment: 0)].add(sum)
        }
        for (key, more) in other.tokens { tokens[key, default: LargestTokens()].add(more.count, more.values, keys: more.keys) }
    }
}

extension SumTables {
    /// The sums of a run in this file.
    init(_ db: Database, run: Int64) throws {
        try self.init(run: run) { sql, texts, integers in
            try GRDB.Row.fetchAll(db, sql: sql).map { row in
                SumTables.Row(
                    texts: (0..<texts).map { row[$0] }, integers: (texts..<texts + integers).map { row[$0] },
                    reals: (texts + integers..<row.count).map { row[$0] })
            }
        }
    }

    /// The sums of a shard, whose tokens have other keys here.
    init(_ shard: SourceDatabase, tokenKey: (Int64) throws -> Int64) throws {
        try self.init(
            run: 1,
            rows: { sql, texts, integers in
                let select = try shard.prepare(sql)
                var rows: [Row] = []
                while try select.step() {
                    let count = Int(select.columnCount)
                    rows.append(
                        Row(
                            texts: (0..<texts).map { select.text(Int32($0)) ?? "" },
                            integers: (texts..<texts + integers).map { select.integer(Int32($0)) },
                            reals: (texts + integers..<count).map { select.double(Int32($0)) ?? .nan }))
                }
                return rows
            }, tokenKey: tokenKey)
    }
}
