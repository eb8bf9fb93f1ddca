import HookPoints
import Reading

/// The hook points that a run keeps vectors of.
struct KeptHook {
    let id, run, model: Int64
    let name: String
    let point: HookPoint
    let type: VectorType
    /// Of a norm's hook points `width` is that of the site, else the model's.
    let heads, width, headWidth, context: Int
    /// Of the model's queries; keys and values may have fewer.
    let queryHeads: Int
    let isCausal: Bool
    /// How the model's norms stand, as `models.placement` has it.
    let placement: String
    /// Whether attention and MLP read the same stream.
    let isParallel: Bool
    /// Of scores and patterns, the keys that a token sees at most; nil: all.
    let window: Int?
    /// Whether the run edited the vectors here: then they need not follow from others.
    let isEdited: Bool

    /// The keys that the token at a position of a sequence sees.
    func keys(position: Int, length: Int) -> Range<Int> {
        guard let window else { return 0..<(isCausal ? position + 1 : length) }
        return isCausal
            ? max(0, position + 1 - window)..<position + 1
            : max(0, position - window / 2)..<max(position, min(length, position + window / 2 + 1))
    }

    static func all(in database: ReadOnlyDatabase) throws -> [KeptHook] {
        var hooks: [KeptHook] = []
        let sql = """
            SELECT h.hook_id, h.run_id, r.model_id, h.name, h.dtype, h.head_count, coalesce(s.width, d.width), d.head_width, d.context,
                   d.placement, d.heads, d.mask, d.parallel, h.window, EXISTS (SELECT 1 FROM edits e WHERE e.run_id = h.run_id AND e.hook = h.name)
            FROM hooks h JOIN runs r ON r.run_id = h.run_id JOIN models d ON d.model_id = r.model_id
            LEFT JOIN sites s ON s.model_id = r.model_id AND h.name LIKE s.site || '.hook_%'
            ORDER BY h.hook_id
            """
        try database.rows(sql) { row in
            // Other names are a fault that `CountChecks` finds.
            guard let point = HookPoint(row.text(3)) else { return }
            hooks.append(
                KeptHook(
                    id: row.integer(0), run: row.integer(1), model: row.integer(2), name: row.text(3), point: point,
                    type: VectorType(rawValue: row.text(4)) ?? .float32, heads: Int(row.integer(5)),
                    width: Int(row.integer(6)), headWidth: Int(row.integer(7)), context: Int(row.integer(8)),
                    queryHeads: Int(row.integer(10)), isCausal: row.text(11) == "causal", placement: row.text(9),
                    isParallel: row.integer(12) == 1, window: row.isNull(13) ? nil : Int(row.integer(13)),
                    isEdited: row.integer(14) == 1))
        }
        return hooks
    }

    /// The other hook point of the same run, if it is kept.
    static func find(_ point: HookPoint, of hook: KeptHook, among hooks: [KeptHook]) -> KeptHook? {
        hooks.first { $0.point == point && $0.run == hook.run }
    }
}
