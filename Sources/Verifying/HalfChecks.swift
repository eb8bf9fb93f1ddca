import HookPoints
import Reading
import Schema

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
