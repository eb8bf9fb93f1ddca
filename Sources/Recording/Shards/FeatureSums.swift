import GRDB

/// The features' moments of several recordings, added up.
struct FeatureSums {
    private struct Moments {
        var n: Int64 = 0
        /// By stage: in, normalized, out.
        var means = [0.0, 0.0, 0.0]
        var squares = [0.0, 0.0, 0.0]

        /// Chan, Golub and LeVeque 1979: the mean and squared deviations of two sets together, from those of each.
        mutating func add(_ other: Moments) {
            if n == 0 { self = other; return }
            let total = Double(n + other.n)
            for stage in 0..<3 {
                let delta = other.means[stage] - means[stage]
                means[stage] += delta * (Double(other.n) / total)
                squares[stage] += other.squares[stage] + delta * delta * (Double(n) * Double(other.n) / total)
            }
            n += other.n
        }
    }

    private static let columns = ["in_mean", "in_m2", "normalized_mean", "normalized_m2", "out_mean", "out_m2"]
    /// By depth and feature.
    private var moments: [[Moments]] = []

    mutating func add(_ shard: SourceDatabase) throws {
        let select = try shard.prepare(
            "SELECT depth, feature, n, \(Self.columns.joined(separator: ", ")) FROM feature_moments ORDER BY depth, feature")
        while try select.step() {
            let (depth, feature) = (Int(select.integer(0)), Int(select.integer(1)))
            var other = Moments()
            other.n = select.integer(2)
            for stage in 0..<3 {
                // NaN is stored as NULL.
                other.means[stage] = select.double(Int32(3 + 2 * stage)) ?? .nan
                other.squares[stage] = select.double(Int32(4 + 2 * stage)) ?? .nan
            }
            // They come in order, every place of each.
            if depth == moments.count { moments.append([]) }
            guard moments.indices.contains(depth), feature <= moments[depth].count else {
                throw ShardError.damaged(path: shard.path, reason: "its statistics of features have gaps")
            }
            if feature == moments[depth].count { moments[depth].append(Moments()) }
            moments[depth][feature].add(other)
        }
    }

    func write(_ db: Database) throws {
        var insert = try InsertStatement(db, into: "feature_moments", columns: ["run_id", "depth", "feature", "n"] + Self.columns)
        for (depth, features) in moments.enumerated() {
            for (feature, sums) in features.enumerated() {
                insert.bind(1)
                insert.bind(depth)
                insert.bind(feature)
                insert.bind(sums.n)
                for stage in 0..<3 {
                    insert.bind(sums.means[stage])
                    insert.bind(sums.squares[stage])
                }
                try insert.insert()
            }
        }
    }
}
