import CSQLite
import Files
import Foundation
import GRDB
import Schema

/// A recording's file, open for adding runs.
struct RecordingFile {
    let path: String
    let queue: DatabaseQueue
    private let lock: RecorderLock
    let lockWait: LockWait

    /// Opens `path`, or makes an empty recording there. Looking for damage takes time, and who opens the file again soon does it then.
    init(path: String, looksForDamage: Bool = true) throws {
        try Self.checkName(path)
        self.path = path
        let lockWait = LockWait(path: path)
        self.lockWait = lockWait
        var configuration = Configuration()
        configuration.busyMode = .callback { lockWait.callback(tries: $0) }
        // Keys are made by the writer itself; checking each costs as much as writing a vector. `verify` checks them all.
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            // The file may be a stranger's; the schema has no triggers of its own.
            let code = csqlite_harden_writer(db.sqliteConnection)
            if code != SQLITE_OK {
                throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "this SQLite cannot be made safe")
            }
            // Large pages: a 3 KB vector lies whole in one, and appending fills them. Only a new file takes this up.
            // 16 MB of cache: four times as much recorded no faster, and every run grows to what it is allowed.
            try db.execute(sql: "PRAGMA page_size = 16384; PRAGMA cache_size = -16384")
        }
        do {
            queue = try DatabaseQueue(path: FilePath.forSQLite(path), configuration: configuration)
            let queue = queue
            lock = try Self.patiently { try Self.lock(queue, path: path) }
            try Self.create(queue, path: path, looksForDamage: looksForDamage)
        } catch let error as DatabaseError {
            throw Self.describe(error, path: path, holders: lockWait.holders)
        }
    }

    /// Refuses a name under which SQLite would keep nothing.
    static func checkName(_ path: String) throws(RecordingError) {
        // It would take an empty name for a database that is gone when it is closed.
        if path.isEmpty { throw .cannotOpen(path: "''", reason: "the name is empty") }
        if FileInfo(path)?.kind == .stream { throw .cannotOpen(path: path, reason: "it is a pipe or a device; give a file's name") }
    }

    /// Runs `body` again for a moment while another recorder has the file: it may be about to end.
    static func patiently<Result>(_ body: () throws -> Result) throws -> Result {
        let end = ContinuousClock.now + .seconds(2)
        while true {
            do {
                return try body()
            } catch let error as RecordingError {
                switch error {
                case .busy, .locked: if ContinuousClock.now >= end { throw error }
                default: throw error
                }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }

    /// Lets other recorders at it.
    func close() {
        // A statement that is still in use keeps the connection open: the process's end closes it then.
        try? queue.close()
        lock.release()
    }

    private static func lock(_ queue: DatabaseQueue, path: String) throws -> RecorderLock {
        // Beside the file itself: two recorders may come by two links.
        if let lock = try RecorderLock(database: FilePath.followingLinks(path)) { return lock }
        throw try queue.inDatabase { try RunWriter.holder($0, path: path) } ?? .locked(path: path)
    }

    private static func create(_ queue: DatabaseQueue, path: String, looksForDamage: Bool) throws {
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
            if looksForDamage { try checkForDamage(db, path: path) }
            try checkTables(db)
        }
    }

    /// Refuses what is not a recording, or has another version.
    static func check(_ db: Database, path: String) throws {
        let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        guard application == Schema.applicationID else {
            throw RecordingError.notARecording(path: path, applicationID: application, expected: Schema.applicationID)
        }
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version == Schema.version else {
            throw RecordingError.otherVersion(path: path, version: version, supported: Schema.version)
        }
    }

    /// The tables must be those of this version, to the letter: a run that is added to others is lost half-way.
    private static func checkTables(_ db: Database) throws {
        let select = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL"
        func tables(_ db: Database) throws -> [String: String] {
            try Dictionary(Row.fetchAll(db, sql: select).map { ($0["name"], $0["sql"]) }) { first, _ in first }
        }
        let found = try tables(db)
        let own = try DatabaseQueue().inDatabase { db in
            try db.execute(sql: Schema.sql)
            return try tables(db)
        }
        for (name, sql) in own.sorted(by: { $0.key < $1.key }) where found[name] != sql {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "the table \(name) is not as version \(Schema.version) has it")
        }
    }

    /// A run that is added to a damaged file is lost with it. Reading a large file takes longer than that is worth.
    private static func checkForDamage(_ db: Database, path: String) throws {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
        guard pages.multipliedReportingOverflow(by: pageSize).partialValue <= 32 << 20 else { return }
        guard let found = try String.fetchOne(db, sql: "PRAGMA quick_check(1)"), found != "ok" else { return }
        throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: found)
    }

    /// SQLite's message may quote what a file says, of any length.
    private static func oneLine(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= 200 ? line : line.prefix(199) + "…"
    }

    /// SQLite's error in the words of a recording.
    func describe(_ error: DatabaseError) -> RecordingError { Self.describe(error, path: path, holders: lockWait.holders) }

    static func describe(_ error: DatabaseError, path: String, holders: [String]? = nil) -> RecordingError {
        let message = error.message.map(oneLine)
        return switch error.resultCode {
        case .SQLITE_FULL: .diskFull(path: path)
        case .SQLITE_BUSY: .locked(path: path, holders: holders ?? [])
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            .cannotOpen(path: path, reason: "\(message ?? "refused"); check that its directory exists and can be written")
        case .SQLITE_NOTADB: .notADatabase(path: path)
        case .SQLITE_CORRUPT: .damaged(path: path, reason: message ?? "SQLite finds it malformed")
        case .SQLITE_IOERR: .writeFailed(path: path)
        default: .sqlite(path: path, message: message ?? "SQLite error \(error.resultCode.rawValue)")
        }
    }
}
