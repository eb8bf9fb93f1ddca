import Foundation
import GRDB
import Transformer

/// Writes one run's own row: who records what, and how it ended.
struct RunWriter {
    let db: Database
    let runID: Int64

    /// Begins a run. Runs that a dead process left behind are marked as interrupted; a live one is not disturbed.
    init(_ db: Database, path: String, modelID: Int64, input: String, capture: String, options: Recording.Options) throws {
        self.db = db
        try Self.settleOthers(db, path: path)
        try db.execute(
            sql: """
                INSERT INTO runs (uuid, model_id, status, started_at, input, capture, norm_scheme, frozen_from, label,
                    version, library, threads, host, process_id)
                VALUES (?, ?, 'recording', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                UUID().uuidString.lowercased(), modelID, Self.now(), input, capture, options.scheme.name, options.frozenFrom, options.label,
                RecordingVersion.current, Compute.library, Compute.threads, Self.host, ProcessInfo.processInfo.processIdentifier,
            ])
        runID = db.lastInsertedRowID
    }

    enum Status: String {
        case complete, interrupted
    }

    func update(sequences: Int, tokens: Int, seconds: Double) throws {
        try db.execute(
            sql: "UPDATE runs SET sequences = ?, tokens = ?, seconds = ? WHERE run_id = ?",
            arguments: [sequences, tokens, seconds, runID])
    }

    /// By depth.
    func update(computedPairs: [Int]) throws {
        for (depth, pairs) in computedPairs.enumerated() {
            try db.execute(
                sql: "INSERT OR REPLACE INTO computed_pairs (run_id, depth, pairs) VALUES (?, ?, ?)", arguments: [runID, depth, pairs])
        }
    }

    func finish(_ status: Status) throws {
        try db.execute(
            sql: "UPDATE runs SET status = ?, finished_at = ? WHERE run_id = ?", arguments: [status.rawValue, Self.now(), runID])
    }

    private static func settleOthers(_ db: Database, path: String) throws {
        let others = try unfinished(db, path: path)
        if let holder = others.holder { throw holder }
        for run in others.dead {
            try db.execute(sql: "UPDATE runs SET status = 'interrupted' WHERE run_id = ?", arguments: [run])
        }
    }

    /// Runs that are marked as recording: those of dead processes, and the error that names a live one.
    static func unfinished(_ db: Database, path: String) throws -> (dead: [Int64], holder: RecordingError?) {
        var dead: [Int64] = []
        for row in try Row.fetchAll(db, sql: "SELECT run_id, host, process_id FROM runs WHERE status = 'recording'") {
            // A damaged file may hold anything.
            guard let run = Int64.fromDatabaseValue(row["run_id"]), let process = Int64.fromDatabaseValue(row["process_id"]),
                let owner = String.fromDatabaseValue(row["host"])
            else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a run has no process or no host") }
            guard owner == host, kill(pid_t(truncatingIfNeeded: process), 0) != 0, errno == ESRCH else {
                return (dead, .busy(path: path, run: run, process: process, host: owner))
            }
            dead.append(run)
        }
        return (dead, nil)
    }

    private static var host: String { ProcessInfo.processInfo.hostName }

    private static func now() -> String {
        Date().formatted(.iso8601)
    }
}
