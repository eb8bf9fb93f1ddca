import Foundation
import GRDB
import Schema

/// A recording's file, open for adding runs.
struct RecordingFile {
    let path: String
    let queue: DatabaseQueue
    private let lock: RecorderLock

    /// Opens `path`, or makes an empty recording there.
    init(path: String) throws {
        // SQLite would take an empty name for a database that is gone when it is closed.
        if path.isEmpty { throw RecordingError.cannotOpen(path: "''", reason: "the name is empty") }
        self.path = path
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        // Keys are made by the writer itself; checking each costs as much as writing a vector. `verify` checks them all.
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            // Large pages: a 3 KB vector lies whole in one, and appending fills them. Only a new file takes this up.
            // 16 MB of cache: four times as much recorded no faster, and every run grows to what it is allowed.
            try db.execute(sql: "PRAGMA page_size = 16384; PRAGMA cache_size = -16384; PRAGMA trusted_schema = OFF")
        }
        do {
            queue = try DatabaseQueue(path: Self.plain(path), configuration: configuration)
            lock = try Self.lock(queue, path: path)
            try Self.create(queue, path: path)
        } catch let error as DatabaseError {
            throw Self.describe(error, path: path)
        }
    }

    /// Lets other recorders at it.
    func close() {
        // A statement that is still in use keeps the connection open: the process's end closes it then.
        try? queue.close()
        lock.release()
    }

    private static func lock(_ queue: DatabaseQueue, path: String) throws -> RecorderLock {
        if let lock = try RecorderLock(database: plain(path)) { return lock }
        throw try queue.inDatabase { try RunWriter.holder($0, path: path) } ?? .locked(path: path)
    }

    /// SQLite takes a name that begins with `file:` for a URI, and `:memory:` for no file.
    static func plain(_ path: String) -> String { path.hasPrefix("file:") || path.hasPrefix(":") ? "./" + path : path }

    private static func create(_ queue: DatabaseQueue, path: String) throws {
        func isEmpty(_ db: Database) throws -> Bool {
            try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
                && Int32.fetchOne(db, sql: "PRAGMA application_id") == 0
        }
        try queue.inDatabase { db in
            if try isEmpty(db) {
                try db.inTransaction(.immediate) {
                    if try isEmpty(db) { try db.execute(sql: Schema.sql) }
                    return .commit
                }
            }
            try check(db, path: path)
            try SchemaUpgrade.run(db)
        }
    }

    /// Refuses what is not a recording, or is from a later version.
    static func check(_ db: Database, path: String) throws {
        let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        guard application == Schema.applicationID else {
            throw RecordingError.notARecording(path: path, applicationID: application, expected: Schema.applicationID)
        }
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version <= Schema.version else {
            throw RecordingError.newerVersion(path: path, version: version, supported: Schema.version)
        }
    }

    /// SQLite's error in the words of a recording.
    static func describe(_ error: DatabaseError, path: String) -> RecordingError {
        switch error.resultCode {
        case .SQLITE_FULL: .diskFull(path: path)
        case .SQLITE_BUSY: .locked(path: path)
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            .cannotOpen(path: path, reason: "\(error.message ?? "refused"); check that its directory exists and can be written")
        case .SQLITE_NOTADB: .cannotOpen(path: path, reason: "it is not an SQLite database")
        case .SQLITE_CORRUPT: .cannotOpen(path: path, reason: "the database is damaged: \(error.message ?? "")")
        case .SQLITE_IOERR: .writeFailed(path: path)
        default: .sqlite(path: path, message: error.message ?? "SQLite error \(error.resultCode.rawValue)")
        }
    }
}
