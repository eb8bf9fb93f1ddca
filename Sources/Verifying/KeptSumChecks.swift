import Reading

/// The sums over the tokens of each run against the rows that they sum.
enum KeptSumChecks {
    private static let bar = 1e-9

    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var sums = Tally(
            "kept sums", "n, mean, squared deviations and extremes of every statistic are those of its rows, within 1e-9")
        var comoments = Tally("kept co-moments", "how scales vary together is what the rows give, within 1e-9")
        var largest = Tally(
            "kept largest",
            "the features that are largest, and the tokens with the highest variance, are those of the rows, within 1e-9")
        try database.rows("SELECT run_id FROM runs ORDER BY run_id") { row in
            let run = row.integer(0)
            let rows = try RecomputedSums(database, run: run)
            try compare(rows.statistics, database, run, &sums)
            try compare(rows.comoments, database, run, &comoments)
            try compare(rows.features, database, run, &largest)
            try compare(rows.tokens, database, run, &largest)
        }
        return [sums, comoments, largest]
    }

    /// These two are functions whose last bit may differ between the recorder's and SQLite's.
    private static let rounded: Set = ["log_scale", "angle"]

    private static func compare(
        _ expected: [RecomputedSums.Key: RecomputedSums.Sum], _ database: ReadOnlyDatabase, _ run: Int64, _ tally: inout Tally
    ) throws {
        var found = 0
        try database.rows(
            """
            SELECT facts, place, head, positions, statistic, n, mean, m2, minimum, minimum_token, maximum, maximum_token
            FROM statistic_sums WHERE run_id = ?1
            """, [run]
        ) { row in
            let key = RecomputedSums.Key(
                facts: row.text(0), place: row.integer(1), head: row.integer(2), positions: row.integer(3), statistic: row.text(4))
            let name =
                "\(key.statistic) of \(key.facts) at \(key.place), head \(key.head), positions \(key.positions) of run \(run)"
            guard let sum = expected[key] else { return tally.fail("the sum of \(name) has no rows") }
            found += 1
            let deviation = (sum.m2 / Double(sum.n)).squareRoot()
            let place = Tally.Place(token: sum.minimumToken, what: name)
            if row.integer(5) != sum.n { tally.fail("\(name): n is \(row.integer(5)), its rows are \(sum.n)") }
            let size = max(abs(sum.mean), deviation, .leastNormalMagnitude)
            tally.add(abs(row.double(6) - sum.mean) / size, bar: bar, at: place)
            // A mean that is off by a last bit moves the deviations of values that are nearly the same: 2^-48 of the mean is allowed.
            let offByABit = Double(sum.n) * abs(sum.mean) * (deviation + abs(sum.mean) * 0x1p-48) * (0x1p-48 / bar)
            tally.add(abs(row.double(7) - sum.m2) / max(sum.m2 + offByABit, .leastNormalMagnitude), bar: bar, at: place)
            for (value, token, known, knownToken) in [
                (row.double(8), row.integer(9), sum.minimum, sum.minimumToken),
                (row.double(10), row.integer(11), sum.maximum, sum.maximumToken),
            ] {
                tally.add(abs(value - known) / max(abs(known), .leastNormalMagnitude), bar: bar, at: place)
                if value == known, token != knownToken, !rounded.contains(key.statistic) {
                    tally.fail("\(name): an extreme is said to be of token \(token), but token \(knownToken) has it first")
                }
            }
        }
        if found < expected.count { tally.fail("run \(run): \(expected.count - found) sums are missing") }
    }

    private static func compare(
        _ expected: RecomputedSums.Comoments, _ database: ReadOnlyDatabase, _ run: Int64, _ tally: inout Tally
    ) throws {
        var found = 0
        let count = expected.means.count
        try database.rows("SELECT depth, other_depth, n, mean, other_mean, comoment FROM scale_comoments WHERE run_id = ?1", [run])
        {
            row in
            let (depth, other) = (Int(row.integer(0)), Int(row.integer(1)))
            guard depth < count, other <= depth, row.integer(2) == expected.n else {
                return tally.fail("run \(run): the co-moment of depths \(depth) and \(other) is not of its rows")
            }
            found += 1
            func products(_ a: Int, _ b: Int) -> Double { expected.products[a * count + b] }
            let place = Tally.Place(token: 0, what: "depths \(depth) and \(other) of run \(run)")
            let size = max((products(depth, depth) * products(other, other)).squareRoot(), Double(expected.n) * 0x1p-80)
            tally.add(abs(row.double(5) - products(depth, other)) / size, bar: bar, at: place)
            for (mean, known) in [(row.double(3), expected.means[depth]), (row.double(4), expected.means[other])] {
                tally.add(abs(mean - known) / max(abs(known), 1), bar: bar, at: place)
            }
        }
        if expected.n > 0, found < count * (count + 1) / 2 { tally.fail("run \(run): co-moments are missing") }
    }

    private static func compare(
        _ expected: [RecomputedSums.FeatureKey: RecomputedSums.Feature], _ database: ReadOnlyDatabase, _ run: Int64,
        _ tally: inout Tally
    ) throws {
        var found = 0
        try database.rows(
            "SELECT depth, feature, tokens, at_position_0, finite, abs_sum, sigma_sum FROM largest_feature_sums WHERE run_id = ?1",
            [run]
        ) { row in
            let name = "feature \(row.integer(1)) at depth \(row.integer(0)) of run \(run)"
            guard let feature = expected[.init(depth: row.integer(0), feature: row.integer(1))],
                row.integer(2) == feature.tokens, row.integer(3) == feature.atPositionZero, row.integer(4) == feature.finite
            else { return tally.fail("\(name) is not largest as often as is kept") }
            found += 1
            for (sum, known) in [(row.double(5), feature.absoluteSum), (row.double(6), feature.sigmaSum)] {
                tally.add(
                    abs(sum - known) / max(known, .leastNormalMagnitude), bar: bar, at: Tally.Place(token: 0, what: name))
            }
        }
        if found < expected.count { tally.fail("run \(run): \(expected.count - found) features that are largest are missing") }
    }

    private static func compare(
        _ expected: [RecomputedSums.TokenKey: [RecomputedSums.Token]], _ database: ReadOnlyDatabase, _ run: Int64,
        _ tally: inout Tally
    ) throws {
        var found = 0
        try database.rows(
            "SELECT depth, position_0, rank, token_key, variance FROM largest_tokens WHERE run_id = ?1", [run]
        ) { row in
            let tokens = expected[.init(depth: row.integer(0), isPositionZero: row.integer(1) == 1)] ?? []
            let rank = Int(row.integer(2)) - 1
            let isRight =
                tokens.indices.contains(rank) && tokens[rank].key == row.integer(3) && tokens[rank].variance == row.double(4)
            tally.count(
                1, wrong: isRight ? 0 : 1,
                "run \(run), depth \(row.integer(0)): token \(row.integer(3)) does not have the variance of rank \(rank + 1)")
            found += 1
        }
        if found < expected.values.reduce(0, { $0 + $1.count }) { tally.fail("run \(run): tokens with high variance are missing") }
    }
}
