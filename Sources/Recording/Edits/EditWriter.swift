import GRDB

/// Writes what a run's edits are, and at each commit what they did so far.
struct EditWriter {
    let db: Database
    let runID: Int64
    let plan: EditPlan

    /// The plan's rows, before anything was done.
    func begin() throws {
        for step in plan.steps {
            try db.execute(
                sql: """
                    INSERT INTO edits (run_id, number, hook, text, operator, source_run, alignment, fired, changed, largest_change)
                    VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0)
                    """,
                arguments: [
                    runID, step.number, step.point.description, step.edit.text, step.edit.operation.rawValue, step.edit.sourceRun,
                    step.edit.alignment,
                ])
        }
    }

    func update(_ effects: [EditEffect]) throws {
        for (step, effect) in zip(plan.steps, effects) {
            try db.execute(
                sql: "UPDATE edits SET fired = ?, changed = ?, largest_change = ? WHERE run_id = ? AND number = ? AND hook = ?",
                arguments: [
                    effect.fired, effect.values, effect.largestChange.isNaN ? nil : effect.largestChange, runID, step.number,
                    step.point.description,
                ])
        }
    }

    /// What an earlier part of the run did.
    func effects() throws -> [EditEffect] {
        try plan.steps.map { step in
            let row = try Row.fetchOne(
                db, sql: "SELECT fired, changed, largest_change FROM edits WHERE run_id = ? AND number = ? AND hook = ?",
                arguments: [runID, step.number, step.point.description])
            return EditEffect(
                fired: row?["fired"] ?? 0, values: row?["changed"] ?? 0, largestChange: row?["largest_change"] as Double? ?? .nan)
        }
    }

    /// The run that an edited one is compared with: the one that was asked for, or the newest of the same model that is complete and
    /// has no edits; nil where there is none.
    static func base(_ asked: Int64?, _ db: Database, fingerprint: String?, path: String) throws -> Int64? {
        let found = try Int64.fetchOne(
            db,
            sql: """
                SELECT r.run_id FROM runs r JOIN models d ON d.model_id = r.model_id
                WHERE d.fingerprint = ?1 AND r.status = 'complete' AND r.run_id = coalesce(?2, r.run_id)
                    AND (?2 IS NOT NULL OR r.norm_scheme = 'token' AND NOT EXISTS (SELECT 1 FROM edits e WHERE e.run_id = r.run_id))
                ORDER BY r.run_id DESC LIMIT 1
                """, arguments: [fingerprint, asked])
        if let asked, found == nil { throw EditError.noBase(run: asked, path: path) }
        return found
    }
}
