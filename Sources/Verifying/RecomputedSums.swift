import Reading
import Schema

/// The sums over the tokens of a run, taken again from its rows, one row after another.
struct RecomputedSums {
    struct Key: Hashable {
        let facts: String
        let place, head, positions: Int64
        let statistic: String
    }

    /// Welford's running mean and sum of squared deviations, and the extremes.
    struct Sum {
        var n = 0
        var mean = 0.0
        var m2 = 0.0
        var minimum = Double.infinity
        var maximum = -Double.infinity
        var minimumToken: Int64 = 0
        var maximumToken: Int64 = 0

        mutating func add(_ x: Double, token: Int64) {
            n += 1
            let delta = x - mean
            mean += delta / Double(n)
            m2 += delta * (x - mean)
            if x < minimum { (minimum, minimumToken) = (x, token) }
            if x > maximum { (maximum, maximumToken) = (x, token) }
        }
    }

    struct FeatureKey: Hashable {
        let depth, feature: Int64
    }

    struct Feature {
        var tokens: Int64 = 0
        var atPositionZero: Int64 = 0
        var finite: Int64 = 0
        var absoluteSum = 0.0
        var sigmaSum = 0.0
    }

    struct TokenKey: Hashable {
        let depth: Int64
        let isPositionZero: Bool
    }

    struct Token {
        let key: Int64
        let variance: Double
    }

    /// Of log scales: products is [sites, sites].
    struct Comoments {
        var n: Int64 = 0
        var means: [Double] = []
        var products: [Double] = []

        mutating func add(_ x: [Double]) {
            if means.isEmpty { (means, products) = (x.map { _ in 0 }, Array(repeating: 0, count: x.count * x.count)) }
            guard x.allSatisfy(\.isFinite), x.count == means.count else { return }
            n += 1
            let before = zip(x, means).map { $0 - $1 }
            for index in means.indices { means[index] += before[index] / Double(n) }
            for i in x.indices {
                for j in 0...i { products[i * x.count + j] += before[i] * (x[j] - means[j]) }
            }
        }
    }

    private(set) var statistics: [Key: Sum] = [:]
    private(set) var comoments = Comoments()
    private(set) var features: [FeatureKey: Feature] = [:]
    private(set) var tokens: [TokenKey: [Token]] = [:]

    /// As many tokens with high variance as a recording keeps.
    private static let most = 100

    init(_ database: ReadOnlyDatabase, run: Int64) throws {
        try addSites(database, run)
        for (table, columns) in [
            (FactTable.queryKeyMoments, Self.queryKeyColumns), (.headMoments, Self.headColumns),
            (.attentionMoments, Self.attentionColumns),
        ] {
            var gathered = Gathered(facts: table.name)
            try database.rows("SELECT \(columns) \(Self.rows(of: table))", [run]) { row in gathered.add(row) }
            statistics.merge(gathered.sums) { first, _ in first }
        }
    }

    private mutating func addSites(_ database: ReadOnlyDatabase, _ run: Int64) throws {
        var gathered = Gathered(facts: FactTable.siteMoments.name)
        var token: Int64 = -1
        var logs: [Double] = []
        try database.rows("SELECT \(Self.siteColumns) \(Self.rows(of: .siteMoments))", [run]) { row in
            gathered.add(row)
            if row.integer(0) != token {
                if !logs.isEmpty { comoments.add(logs) }
                logs = []
                token = row.integer(0)
            }
            let (depth, isFirst) = (row.integer(2), row.integer(1) == 0)
            if !isFirst { logs.append(row.real(gathered.column("log_scale", row)) ?? .nan) }
            addFeature(row, depth: depth, isFirst: isFirst, gathered)
            if let variance = row.real(gathered.column("variance", row)), variance.isFinite {
                keep(Token(key: token, variance: variance), .init(depth: depth, isPositionZero: isFirst))
            }
        }
        if !logs.isEmpty { comoments.add(logs) }
        statistics = gathered.sums
    }

    private mutating func addFeature(_ row: Statement, depth: Int64, isFirst: Bool, _ gathered: Gathered) {
        let absolute = row.real(gathered.column("abs_max", row)), scale = row.real(gathered.column("scale", row))
        var feature = features[.init(depth: depth, feature: row.integer(4))] ?? Feature()
        feature.tokens += 1
        feature.atPositionZero += isFirst ? 1 : 0
        if let absolute, let scale, absolute.isFinite, (absolute / scale).isFinite {
            feature.finite += 1
            feature.absoluteSum += absolute
            feature.sigmaSum += absolute / scale
        }
        features[.init(depth: depth, feature: row.integer(4))] = feature
    }

    /// Tokens come in the order of their keys: an equal one stands behind.
    private mutating func keep(_ token: Token, _ key: TokenKey) {
        let kept = tokens[key]?.count ?? 0
        if kept == Self.most, let last = tokens[key]?.last, last.variance >= token.variance { return }
        let place = tokens[key]?.firstIndex { $0.variance < token.variance } ?? kept
        tokens[key, default: []].insert(token, at: place)
        if kept == Self.most { tokens[key]?.removeLast() }
    }
}

extension RecomputedSums {
    /// Sums of every column from the sixth on, by the place that the first ones name.
    private struct Gathered {
        let facts: String
        private var names: [String] = []
        private var places: [[Int64]: [Sum]] = [:]

        init(facts: String) { self.facts = facts }

        mutating func add(_ row: Statement) {
            if names.isEmpty { names = Array(row.columns.dropFirst(5)) }
            let place = [row.integer(2), row.integer(3), min(row.integer(1), 2)]
            var sums = places.removeValue(forKey: place) ?? Array(repeating: Sum(), count: names.count)
            for index in names.indices {
                if let x = row.real(5 + index), x.isFinite { sums[index].add(x, token: row.integer(0)) }
            }
            places[place] = sums
        }

        /// Where a statistic stands in a row.
        func column(_ name: String, _ row: Statement) -> Int { 5 + (names.firstIndex(of: name) ?? 0) }

        var sums: [Key: Sum] {
            var result: [Key: Sum] = [:]
            for (place, sums) in places {
                for (name, sum) in zip(names, sums) where sum.n > 0 {
                    result[Key(facts: facts, place: place[0], head: place[1], positions: place[2], statistic: name)] = sum
                }
            }
            return result
        }
    }

    /// The rows of a run, sequence after sequence, in the order of their keys: sorting them would take longer than summing them.
    /// `t` is the token, `m` the row.
    private static func rows(of table: FactTable) -> String {
        """
        FROM sequences q
        JOIN runs r ON r.run_id = q.run_id
        JOIN models d ON d.model_id = r.model_id
        JOIN tokens t ON t.sequence_id = q.sequence_id AND t.token_key BETWEEN q.first_token AND q.first_token + q.token_count - 1
        CROSS JOIN \(table.name) m ON \(table.rows("m", ofToken: "t.token_key"))
        LEFT JOIN sites s ON s.model_id = r.model_id AND s.depth = \(table.value(table.parts[0], "m"))
        WHERE q.run_id = ?1
        """
    }

    // Token, position, place, head, largest feature; then the statistics, by name.

    private static func place(_ table: FactTable) -> String {
        "t.token_key, t.position, " + table.parts.map { table.value($0, "m") }.joined(separator: ", ")
    }

    private static let siteColumns = """
        \(place(.siteMoments)), 0, m.abs_max_feature, m.mean AS mean, m.variance AS variance,
        sqrt(m.variance + CASE s.norm WHEN 'rms_norm' THEN m.mean * m.mean ELSE 0 END + d.epsilon) AS scale,
        sqrt(d.width * (m.mean * m.mean + m.variance)) AS l2_norm, m.minimum AS minimum, m.maximum AS maximum,
        max(abs(m.minimum), abs(m.maximum)) AS abs_max, m.skewness AS skewness, m.kurtosis AS kurtosis,
        m.normalized_mean AS normalized_mean, m.normalized_variance AS normalized_variance,
        m.normalized_mean * m.normalized_mean + m.normalized_variance AS normalized_square,
        m.out_mean AS out_mean, m.out_variance AS out_variance,
        sqrt(d.width * (m.out_mean * m.out_mean + m.out_variance)) AS out_l2_norm, m.in_out_cosine AS in_out_cosine,
        m.nonfinite AS nonfinite,
        degrees(acos(CASE WHEN m.mean < 0 THEN -1 ELSE 1 END * sqrt(m.mean * m.mean / (m.mean * m.mean + m.variance)))) AS angle,
        m.mean * m.mean / (m.mean * m.mean + m.variance) AS share_of_norm,
        sqrt(1 - m.mean * m.mean / (m.mean * m.mean + m.variance)) AS scale_ratio,
        m.normalized_mean * m.normalized_mean / (m.normalized_mean * m.normalized_mean + m.normalized_variance) AS left_in,
        ln(sqrt(m.variance + CASE s.norm WHEN 'rms_norm' THEN m.mean * m.mean ELSE 0 END + d.epsilon)) AS log_scale
        """

    private static let queryKeyColumns = """
        \(place(.queryKeyMoments)), 0, m.mean AS mean, m.variance AS variance
        """

    private static let headColumns =
        "\(place(.headMoments)), 0, "
        + ["q", "k", "v", "z", "result"].map { hook in
            "m.\(hook)_mean AS \(hook)_mean, m.\(hook)_variance AS \(hook)_variance, "
                + "sqrt(d.\(hook == "result" ? "width" : "head_width") * (m.\(hook)_mean * m.\(hook)_mean + m.\(hook)_variance)) AS \(hook)_l2_norm"
        }.joined(separator: ", ")

    private static let attentionColumns = """
        \(place(.attentionMoments)), 0, m.to_first AS to_first, m.to_self AS to_self, m.entropy AS entropy, 1e0 / CASE d.mask WHEN 'bidirectional' THEN q.token_count ELSE t.position + 1 END AS even
        """
}
