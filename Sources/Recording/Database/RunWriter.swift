import Foundation
import GRDB
import Processor
import Transformer

/// Writes one run's own row: who records what, and how it ended.
struct RunWriter {
    let db: Database
    let runID: Int64

    /// Begins a run. Runs that a dead process left behind are marked as interrupted.
    init(
        _ db: Database, modelID: Int64, input: String, configuration: RunConfiguration, capture: String, comparedWith: Int64? = nil,
        options: Recording.Options
    ) throws {
        self.db = db
        try Self.settleDead(db)
        try db.execute(
            sql: """
                INSERT INTO runs (uuid, model_id, status, started_at, input, capture, norm_scheme, frozen_from, compared_with, label,
                    version, instruction_set, threads, host, process_id, shard, shards, configuration)
                VALUES (?, ?, 'recording', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                UUID().uuidString.lowercased(), modelID, Self.now(), input, capture, options.scheme.name, options.frozenFrom,
                comparedWith,
                options.label,
                RecordingVersion.current, Compute.instructionSet, Compute.threads, Self.host,
                ProcessInfo.processInfo.processIdentifier,
                options.shard?.index, options.shard?.count, configuration.json,
            ])
        runID = db.lastInsertedRowID
    }

    /// Goes on with a run that was interrupted: it is this process's now.
    init(_ db: Database, resuming runID: Int64) throws {
        self.db = db
        self.runID = runID
        try Self.settleDead(db)
        try db.execute(
            sql: "UPDATE runs SET status = 'recording', threads = ?, host = ?, process_id = ? WHERE run_id = ?",
            arguments: [Compute.threads, Self.host, ProcessInfo.processInfo.processIdentifier, runID])
    }

    enum Status: String {
        case complete, interrupted
    }

    /// What the run has so far; `inputDigest` identifies the input up to there.
    func update(_ summary: Recording.Summary, inputDigest: String?) throws {
        try db.execute(
            sql: "UPDATE runs SET sequences = ?, tokens = ?, seconds = ?, input_sha256 = ?, finished_at = ? WHERE run_id = ?",
            arguments: [summary.sequences, summary.tokens, summary.seconds, inputDigest, Self.now(), runID])
    }

    /// By depth.
    func update(computedPairs: [NormCount]) throws {
        for (depth, count) in computedPairs.enumerated() {
            try db.execute(
                sql: "INSERT OR REPLACE INTO computed_pairs (run_id, depth, pairs, means) VALUES (?, ?, ?, ?)",
                arguments: [runID, depth, count.pairs, count.means])
        }
    }

    func finish(_ status: Status) throws {
        try db.execute(
            sql: "UPDATE runs SET status = ?, finished_at = ? WHERE run_id = ?", arguments: [status.rawValue, Self.now(), runID])
    }

    /// Whoever marked a run as recording is gone: the caller has the recorder's lock.
    private static func settleDead(_ db: Database) throws {
        try db.execute(
            sql:
                "UPDATE runs SET status = 'interrupted', finished_at = coalesce(finished_at, started_at) WHERE status = 'recording'"
        )
    }

    /// The error that names who is recording into the file; nil when no run says so.
    static func holder(_ db: Database, path: String) throws -> RecordingError? {
        // A file that is about to become a recording has no such table yet.
        guard try db.tableExists("runs") else { return nil }
        let row = try Row.fetchOne(
            db, sql: "SELECT run_id, host, process_id FROM runs WHERE status = 'recording' ORDER BY run_id DESC LIMIT 1")
        guard let row else { return nil }
        // A damaged file may hold anything.
        guard let run = Int64.fromDatabaseValue(row["run_id"]), let process = Int64.fromDatabaseValue(row["process_id"]),
            let owner = String.fromDatabaseValue(row["host"])
        else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a run has no process or no host") }
        return .busy(path: path, run: run, process: process, host: owner)
    }

    private static var host: String { ProcessInfo.processInfo.hostName }

    private static func now() -> String {
        Date().formatted(.iso8601)
    }
}
