import Output

/// The runs of a recording.
public struct RunList {
    private let database: ReadOnlyDatabase

    public init(_ database: ReadOnlyDatabase) { self.database = database }

    /// The run that queries take when none is named: the newest with a sequence. Nil when there is none.
    public func newest() throws -> Int64? {
        var newest: Int64?
        try database.rows("SELECT max(run_id) FROM sequences HAVING max(run_id) IS NOT NULL") { newest = $0.integer(0) }
        return newest
    }

    /// How many runs there are.
    public func count() throws -> Int { try database.number("SELECT count(*) FROM runs") }

    /// The columns that a narrow terminal shows.
    public static let shown = ["run_id", "newest", "status", "model", "sequences", "tokens", "capture", "label"]

    /// Writes one row a run, the oldest first. `newest` is 'yes' for the run that queries take when none is named.
    public func write(into writer: inout any RowWriter) throws {
        try database.run(
            """
            SELECT r.run_id, CASE r.run_id WHEN (SELECT max(run_id) FROM sequences) THEN 'yes' ELSE 'no' END AS newest, r.status,
                   m.name AS model, r.sequences, r.tokens, r.capture, r.label, r.norm_scheme, r.input, r.started_at, r.finished_at,
                   r.seconds, r.shard, r.shards, r.version, r.uuid
            FROM runs r JOIN models m ON m.model_id = r.model_id
            ORDER BY r.run_id
            """, into: &writer)
    }
}
