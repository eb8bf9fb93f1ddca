import CKernels
import GRDB

/// Writes the sums of a run as they stand; rows from an earlier commit are replaced.
struct SumWriter {
    private let db: Database
    private let run: Int64
    private var statistics: InsertStatement
    private var features: InsertStatement
    private var comoments: InsertStatement
    private var tokens: InsertStatement

    init(_ db: Database, run: Int64) throws {
        self.db = db
        self.run = run
        statistics = try InsertStatement(
            db, into: "statistic_sums",
            columns: [
                "run_id", "facts", "place", "head", "positions", "statistic", "n", "mean", "m2", "minimum", "minimum_token",
                "maximum",
                "maximum_token",
            ])
        features = try InsertStatement(
            db, into: "largest_feature_sums",
            columns: ["run_id", "depth", "feature", "tokens", "at_position_0", "finite", "abs_sum", "sigma_sum"])
        comoments = try InsertStatement(
            db, into: "scale_comoments", columns: ["run_id", "depth", "other_depth", "n", "mean", "other_mean", "comoment"])
        tokens = try InsertStatement(
            db, into: "largest_tokens", columns: ["run_id", "depth", "position_0", "rank", "token_key", "variance"])
    }

    mutating func write(_ tables: SumTables) throws {
        for table in ["statistic_sums", "largest_feature_sums", "scale_comoments", "largest_tokens"] {
            try db.execute(sql: "DELETE FROM \(table) WHERE run_id = ?", arguments: [run])
        }
        for (key, sum) in tables.statistics where sum.n > 0 {
            statistics.bind(run)
            statistics.bind(text: key.facts.rawValue)
            statistics.bind(key.place)
            statistics.bind(key.head)
            statistics.bind(key.positions)
            statistics.bind(text: key.statistic)
            statistics.bind(sum.n)
            statistics.bind(sum.mean)
            statistics.bind(sum.m2)
            statistics.bind(sum.minimum)
            statistics.bind(sum.minimum_key)
            statistics.bind(sum.maximum)
            statistics.bind(sum.maximum_key)
            try statistics.insert()
        }
        for (key, sum) in tables.features {
            features.bind(run)
            features.bind(key.depth)
            features.bind(key.feature)
            features.bind(sum.tokens)
            features.bind(sum.atPositionZero)
            features.bind(sum.finite)
            features.bind(sum.absoluteSum)
            features.bind(sum.sigmaSum)
            try features.insert()
        }
        for (key, sum) in tables.comoments where sum.n > 0 {
            comoments.bind(run)
            comoments.bind(key.depth)
            comoments.bind(key.other)
            comoments.bind(sum.n)
            comoments.bind(sum.mean)
            comoments.bind(sum.otherMean)
            comoments.bind(sum.comoment)
            try comoments.insert()
        }
        for (key, largest) in tables.tokens {
            for index in 0..<largest.count {
                tokens.bind(run)
                tokens.bind(key.depth)
                tokens.bind(key.isPositionZero ? 1 : 0)
                tokens.bind(index + 1)
                tokens.bind(largest.keys[index])
                tokens.bind(largest.values[index])
                try tokens.insert()
            }
        }
    }
}
