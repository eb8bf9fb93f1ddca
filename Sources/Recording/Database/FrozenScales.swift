import GRDB
import Transformer

extension NormScheme {
    /// Frozen norms with the mean scale that each site had in a run, position 0 apart; and that run's uuid.
    /// No `run` stands for the newest one without edits.
    public static func frozen(from path: String, run: Int64?, model: Model) throws -> (scheme: NormScheme, uuid: String) {
        let file = try RecordingFile(path: path)
        defer { file.close() }
        do {
            return try file.queue.read { db in
                guard
                    let row = try Row.fetchOne(
                        db,
                        sql: """
                            SELECT run_id, uuid FROM runs
                            WHERE norm_scheme = 'token' AND run_id = coalesce(?1, run_id)
                                AND EXISTS (SELECT 1 FROM feature_moments f WHERE f.run_id = runs.run_id)
                                AND (?1 IS NOT NULL OR NOT EXISTS (SELECT 1 FROM edits e WHERE e.run_id = runs.run_id))
                            ORDER BY run_id DESC LIMIT 1
                            """, arguments: [run])
                else { throw RecordingError.frozenNeedsRun(path: path, run: run) }
                let scales = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT avg(CASE WHEN position = 0 THEN scale END) AS zero, avg(CASE WHEN position > 0 THEN scale END) AS others
                        FROM token_statistics WHERE run_id = ? GROUP BY depth ORDER BY depth
                        """, arguments: [row["run_id"] as Int64])
                guard scales.count == model.configuration.streamSites.count else {
                    throw RecordingError.frozenMismatch(sites: scales.count, expected: model.configuration.streamSites.count)
                }
                let frozen = scales.map { scale -> FrozenScale in
                    let zero: Double? = scale["zero"]
                    let others: Double? = scale["others"]
                    // A run of one-token texts has only the one kind.
                    return FrozenScale(positionZero: zero ?? others ?? 1, others: others ?? zero ?? 1)
                }
                return (.frozen(frozen), row["uuid"])
            }
        } catch let error as DatabaseError {
            throw file.describe(error)
        }
    }
}
