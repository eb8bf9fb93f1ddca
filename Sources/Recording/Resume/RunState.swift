import GRDB
import Transformer

/// A run as its last commit left it.
struct RunState {
    let runID: Int64
    let isComplete: Bool
    let shard: Shard?
    /// Nil for a run of a version that did not keep it.
    let configuration: RunConfiguration?
    /// Of what is recorded; of all of the input when the run is complete.
    let inputDigest: String?
    /// The last sequence committed; nil when there is none.
    let last: InputPlace.Start?
    let sequences: Int
    let tokens: Int
    let seconds: Double

    /// The file's runs, the newest first.
    static func all(_ db: Database) throws -> [RunState] {
        try Row.fetchAll(db, sql: "SELECT * FROM runs ORDER BY run_id DESC").map { try RunState($0, db) }
    }

    private init(_ row: Row, _ db: Database) throws {
        runID = row["run_id"]
        isComplete = row["status"] == "complete"
        let (index, count): (Int?, Int?) = (row["shard"], row["shards"])
        shard = index.flatMap { index in count.flatMap { Shard(index: index, count: $0) } }
        configuration = (row["configuration"] as String?).flatMap { RunConfiguration(json: $0) }
        inputDigest = row["input_sha256"]
        (sequences, tokens, seconds) = (row["sequences"], row["tokens"], row["seconds"])
        let place = try Row.fetchOne(
            db, sql: "SELECT number, part FROM sequences WHERE run_id = ? ORDER BY number DESC, part DESC LIMIT 1",
            arguments: [runID])
        last = place.map { InputPlace.Start(number: $0["number"], part: $0["part"], digest: row["input_sha256"] ?? "") }
    }

    /// Why a run that is asked for cannot go on from here; nil when it can.
    func difference(from configuration: RunConfiguration, shard: Shard?) -> RunConfiguration.Difference? {
        guard let mine = self.configuration else {
            return .init(name: "configuration", was: "not kept by the version that recorded it", now: "known")
        }
        if self.shard != shard {
            return .init(
                name: "shard", was: self.shard?.description ?? "all of the input", now: shard?.description ?? "all of the input")
        }
        return configuration.difference(from: mine)
    }

    /// The run's statistics of features as they were committed, to the bit.
    func features(_ db: Database, configuration: ModelConfiguration) throws -> FeatureStatistics {
        var features = FeatureStatistics(configuration: configuration)
        var (means, squares) = (features.means, features.m2)
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM feature_moments WHERE run_id = ?", arguments: [runID])
        while let row = try rows.next() {
            let (depth, feature): (Int, Int) = (row["depth"], row["feature"])
            guard depth < features.siteCount, feature < features.width else { continue }
            for (stage, name) in zip(FeatureStatistics.Stage.allCases, ["in", "normalized", "out"]) {
                let index = features.offset(depth: depth, stage) + feature
                // NaN is stored as NULL.
                means[index] = row["\(name)_mean"] as Double? ?? .nan
                squares[index] = row["\(name)_m2"] as Double? ?? .nan
            }
        }
        features.restore(tokens: tokens, means: means, m2: squares)
        return features
    }

    /// By depth.
    func computedPairs(_ db: Database, siteCount: Int) throws -> [NormCount] {
        var pairs = Array(repeating: NormCount(), count: siteCount)
        for row in try Row.fetchAll(db, sql: "SELECT depth, pairs, means FROM computed_pairs WHERE run_id = ?", arguments: [runID])
        {
            let depth: Int = row["depth"]
            if pairs.indices.contains(depth) { pairs[depth] = NormCount(pairs: row["pairs"], means: row["means"]) }
        }
        return pairs
    }
}
