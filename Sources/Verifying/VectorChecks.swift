import HookPoints
import Reading
import Schema

/// The statistics of a norm against the vectors they were taken of, where those are kept.
enum VectorChecks {
    /// Of double precision sums over some thousand values.
    private static let exact = 1e-12

    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var checks = VectorChecks.Tallies()
        for hook in try KeptHook.all(in: database) {
            guard case .norm(let site, let stage) = hook.point, let column = column(of: stage) else { continue }
            try check(hook, site, stage, column, database, &checks)
        }
        return [checks.norm, checks.recomputed, checks.extremes]
    }

    private struct Tallies {
        var norm = Tally("squared norm", "||x||² of the hook_in vectors = d (mean² + variance), within 1e-12 (float16: 2^-9)")
        var recomputed = Tally(
            "recomputed statistics",
            "mean, variance, skewness, kurtosis of the kept vectors are those recorded, within 1e-12 (float16: 2^-9, moments 2^-6)")
        var extremes = Tally(
            "largest value", "minimum, maximum and the value at abs_max_feature are those of the vector (float16: within 2^-11)")
    }

    /// Where the row has its mean and, behind it, its variance.
    private static func column(of stage: HookPoint.NormHook) -> Int? {
        switch stage {
        case .input: 2
        case .normalized: 4
        case .output: 6
        case .scale: nil
        }
    }

    private static func check(
        _ hook: KeptHook, _ site: NormSite, _ stage: HookPoint.NormHook, _ column: Int, _ database: ReadOnlyDatabase,
        _ checks: inout Tallies
    ) throws {
        var reader = VectorReader()
        var depth: Int64 = -1
        let find = try database.connection.prepare("SELECT depth FROM sites WHERE model_id = ?1 AND site = ?2")
        try find.bind(.integer(hook.model), at: 1)
        try find.bind(.text(site.description), at: 2)
        if try find.step() { depth = find.integer(0) }
        let sizes: (moments: Double, norm: Double) = hook.type == .float32 ? (exact, exact) : (0x1p-6, 0x1p-9)
        try database.rows(rows, [depth, hook.id]) { row in
            let place = Tally.Place(token: row.integer(0), what: hook.name)
            guard reader.read(row.bytes(1), hook.type, count: hook.width) else {
                return checks.recomputed.fail("\(hook.name): a vector does not have \(hook.width) values")
            }
            guard reader.isFinite, let mean = row.real(column), let variance = row.real(column + 1) else {
                return checks.recomputed.leaveOut()
            }
            let found = VectorMoments(reader.values[...])
            let square = found.square / Double(hook.width)
            // A vector of zeros is compared with zero.
            let size = max(square, .leastNormalMagnitude)
            let rms = size.squareRoot()
            checks.recomputed.add(abs(found.mean - mean) / rms, bar: sizes.norm, at: place)
            // float16 rounds in proportion to the values, not to their distance from the mean.
            let spread = hook.type == .float32 ? max(found.variance, .leastNormalMagnitude) : size
            checks.recomputed.add(abs(found.variance - variance) / spread, bar: sizes.norm, at: place)
            guard stage == .input else { return }
            checks.norm.add(abs(square - (mean * mean + variance)) / size, bar: sizes.norm, at: place)
            if let skewness = row.real(8), let kurtosis = row.real(9) {
                let size = max(1, kurtosis)
                checks.recomputed.add(abs(found.skewness - skewness) / size, bar: sizes.moments, at: place)
                checks.recomputed.add(abs(found.kurtosis - kurtosis) / size, bar: sizes.moments, at: place)
            }
            if let low = row.real(10), let high = row.real(11) {
                let size = max(abs(low), abs(high), .leastNormalMagnitude)
                let feature = Int(clamping: row.integer(12))
                let spike = reader.values.indices.contains(feature) ? abs(reader.values[feature]) : .greatestFiniteMagnitude
                let worst = max(abs(found.minimum - low), abs(found.maximum - high), abs(spike - max(abs(low), abs(high)))) / size
                checks.extremes.add(worst, bar: max(hook.type.rounding, 0x1p-52), at: place)
            }
        }
    }

    private static let rows = """
        SELECT v.token_key, v.vector, m.mean, m.variance, m.normalized_mean, m.normalized_variance, m.out_mean, m.out_variance,
               m.skewness, m.kurtosis, m.minimum, m.maximum, m.abs_max_feature
        FROM vectors v
        JOIN site_moments m ON \(FactTable.siteMoments.rows("m", ofToken: "v.token_key", "?1"))
        WHERE v.hook_id = ?2
        ORDER BY v.token_key
        """
}

/// Vectors that are kept as float16, whose largest value is 65,504.
enum HalfChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var tally = Tally("float16 range", "no finite value was beyond 65,504, which float16 keeps as infinite")
        for hook in try KeptHook.all(in: database) where hook.type == .float16 {
            var wrong = try database.number("SELECT overflowed FROM hooks WHERE hook_id = ?1", [hook.id])
            // Of what enters a norm it is known, too, whether the values themselves were finite.
            if case .norm(_, .input) = hook.point {
                var infinite = 0
                var reader = VectorReader()
                try database.rows(finite, [hook.id]) { row in
                    if reader.read(row.bytes(0), hook.type, count: hook.width) { infinite += reader.values.count { $0.isInfinite } }
                }
                wrong = max(wrong, infinite)
            }
            tally.count(
                1, wrong: wrong, "\(hook.name), run \(hook.run): \(wrong) finite values became infinite; record without --float16")
        }
        return [tally]
    }

    private static let finite = """
        SELECT v.vector
        FROM hooks h
        JOIN runs r ON r.run_id = h.run_id
        JOIN sites s ON s.model_id = r.model_id AND s.site || '.hook_in' = h.name
        JOIN vectors v ON v.hook_id = h.hook_id
        JOIN site_moments m ON \(FactTable.siteMoments.rows("m", ofToken: "v.token_key", "s.depth"))
        WHERE h.hook_id = ?1 AND m.nonfinite = 0
        """
}
