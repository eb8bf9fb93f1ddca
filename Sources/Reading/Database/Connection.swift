import CSQLite
import Files
import Foundation

/// An SQLite connection that can only read, and is safe with a file and a statement from anywhere.
package final class Connection {
    let path: String
    let timeLimit: TimeLimit
    let progress: QueryProgress?
    private let guardian = StatementGuard()
    private let seconds: Double?
    private let handle: OpaquePointer

    /// Largest heap of SQLite in this process; set once and for all.
    private static let heapLimit: Int = {
        let bytes = 1 << 30
        sqlite3_hard_heap_limit64(sqlite3_int64(bytes))
        return bytes
    }()

    /// - Parameters:
    ///   - seconds: what one statement may take; nil is no limit.
    ///   - onOverrun: called, from another thread, where a statement does not stop at that.
    ///   - progress: told how much was read.
    convenience init(
        path: String, seconds: Double?, onOverrun: (@Sendable () -> Void)? = nil, progress: QueryProgress? = nil
    ) throws {
        guard let info = FileInfo(path) else { throw QueryError.cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        // SQLite would wait for ever for a pipe, and take a device for an empty file.
        guard info.kind != .stream else { throw QueryError.cannotOpen(path: path, reason: "it is no regular file") }
        self.init(handle: try Self.openForReading(path), path: path, seconds: seconds, onOverrun: onOverrun, progress: progress)
        try protect()
    }

    /// An empty database with this schema, in memory.
    package convenience init(schema: String) throws {
        let path = Self.inMemory
        self.init(handle: try Self.open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, name: path), path: path, seconds: nil)
        let code = sqlite3_exec(handle, schema, nil, nil, nil)
        if code != SQLITE_OK { throw error(code) }
        try protect()
    }

    private init(
        handle: OpaquePointer, path: String, seconds: Double?, onOverrun: (@Sendable () -> Void)? = nil,
        progress: QueryProgress? = nil
    ) {
        self.handle = handle
        self.path = path
        self.seconds = seconds
        self.progress = progress
        timeLimit = TimeLimit(
            seconds: seconds, onOverrun: onOverrun, onProgress: progress.map { progress in { progress.update(handle) } })
    }

    private func protect() throws {
        _ = Self.heapLimit
        guard csqlite_harden(handle) == SQLITE_OK, csqlite_add_vector_functions(handle) == SQLITE_OK else {
            throw QueryError.cannotOpen(path: path, reason: "this SQLite cannot be made safe for it")
        }
        // A long pattern matches in quadratic time, which no time limit can interrupt.
        sqlite3_limit(handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000)
        sqlite3_busy_timeout(handle, 5_000)
        sqlite3_exec(handle, "PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", nil, nil, nil)
        guardian.watch(handle)
        timeLimit.watch(handle)
    }

    deinit { sqlite3_close_v2(handle) }

    /// Without making a file: in the mode of a write-ahead log, SQLite would put two beside the database even to read it.
    private static func openForReading(_ path: String) throws -> OpaquePointer {
        let handle = try open(path, SQLITE_OPEN_READONLY)
        guard csqlite_is_wal(handle) != 0 else { return handle }
        // They lie beside the file itself, not beside a link to it. Somebody who writes has made them already.
        let target = FilePath.followingLinks(path)
        if let log = FileInfo(target + "-wal"), log.byteCount > 0 {
            if FileInfo(target + "-shm") != nil { return handle }
            sqlite3_close_v2(handle)
            throw QueryError.unfinishedWrite(path: path)
        }
        sqlite3_close_v2(handle)
        let absolute = URL(fileURLWithPath: path).path
        guard let escaped = absolute.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) else {
            throw QueryError.cannotOpen(path: path, reason: "its name cannot be written as an address")
        }
        return try open("file:\(escaped)?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, name: path)
    }

    /// SQLite's name for a database in memory.
    private static let inMemory = ":memory:"

    private static func open(_ path: String, _ mode: Int32, name shown: String? = nil) throws -> OpaquePointer {
        var handle: OpaquePointer?
        let name = mode & SQLITE_OPEN_URI == 0 && shown != Self.inMemory ? FilePath.forSQLite(path) : path
        // A connection stays on one thread; SQLite's lock would be taken for every cell.
        let code = sqlite3_open_v2(name, &handle, mode | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw QueryError.cannotOpen(path: shown ?? path, reason: reason)
        }
        return handle
    }

    /// A killed recorder leaves a journal that undoes what it did not finish. Only a writer can do so; then it is gone.
    static func rollBackJournal(of path: String) throws {
        let writer = try open(path, SQLITE_OPEN_READWRITE)
        defer { sqlite3_close_v2(writer) }
        guard csqlite_harden(writer) == SQLITE_OK, sqlite3_db_readonly(writer, "main") == 0,
            sqlite3_exec(writer, "SELECT count(*) FROM sqlite_schema", nil, nil, nil) == SQLITE_OK
        else { throw QueryError.unfinishedWrite(path: path) }
    }

    /// The one statement in `sql`, which is not run yet.
    package func prepare(_ sql: String) throws -> Statement {
        var text = sql
        guardian.restart()
        timeLimit.restart()
        progress?.restart(handle)
        return try text.withUTF8 { bytes in
            if bytes.contains(0) { throw QueryError.refused(what: "a NUL byte in a statement") }
            var (first, offset) = try next(bytes, from: 0)
            while first == nil, offset < bytes.count { (first, offset) = try next(bytes, from: offset) }
            guard let statement = first else { throw QueryError.noStatement }
            guard statement.isReadOnly else { throw QueryError.refused(what: "a statement that writes") }
            while offset < bytes.count {
                let start = offset
                let second: Statement?
                do { (second, offset) = try next(bytes, from: offset) } catch { throw Self.several(bytes[start...]) }
                if second != nil { throw Self.several(bytes[start...]) }
            }
            return statement
        }
    }

    /// The statement at `start`, nil where there is only white space or a comment, and where it ends.
    private func next(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) throws -> (Statement?, end: Int) {
        guard let base = bytes.baseAddress else { return (nil, bytes.count) }
        return try base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { base in
            var statement: OpaquePointer?
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v2(handle, base + start, Int32(clamping: bytes.count - start), &statement, &tail)
            guard code == SQLITE_OK else {
                sqlite3_finalize(statement)
                throw error(code, in: bytes[start...])
            }
            return (statement.map { Statement(self, handle: $0) }, tail.map { $0 - base } ?? bytes.count)
        }
    }

    private static func several(_ rest: Slice<UnsafeBufferPointer<UInt8>>) -> QueryError {
        let text = String(decoding: rest.prefix(60), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return .severalStatements(second: String(text.prefix(30)))
    }

    /// SQLite's last error in the words of a recording.
    func error(_ code: Int32, in sql: Slice<UnsafeBufferPointer<UInt8>>? = nil) -> QueryError {
        // It may quote the statement, or what a file says, of any length.
        let message = Self.oneLine(String(cString: sqlite3_errmsg(handle)))
        switch code & 0xff {
        case SQLITE_INTERRUPT where timeLimit.isExceeded: return .timeout(seconds: seconds ?? 0)
        case SQLITE_AUTH: return .refused(what: guardian.refused ?? message)
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT: return .damaged(path: path, reason: message)
        case SQLITE_READONLY where Self.cannotWriteBeside.contains(code):
            return .cannotOpen(path: path, reason: message)
        case SQLITE_READONLY:
            return code == Self.needsRollback ? .unfinishedWrite(path: path) : .refused(what: "a statement that writes")
        case SQLITE_BUSY, SQLITE_LOCKED: return .locked(path: path)
        case SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_PERM: return .cannotOpen(path: path, reason: message)
        case SQLITE_TOOBIG: return .tooLarge(limit: Int(sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, -1)))
        case SQLITE_NOMEM: return .outOfMemory(limit: Self.heapLimit)
        default: if let refused = guardian.refused { return .refused(what: refused) }
        }
        let offset = Int(sqlite3_error_offset(handle))
        guard let sql, offset >= 0, offset <= sql.count else { return .failed(message: message) }
        let before = sql.base[..<(sql.startIndex + offset)]
        let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let column = 1 + String(decoding: before[start...], as: UTF8.self).unicodeScalars.count
        return .statement(message: message, line: line, column: column)
    }

    private static func oneLine(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= 200 ? line : line.prefix(199) + "…"
    }

    // Macros that Swift does not import: SQLITE_READONLY_ROLLBACK, _CANTINIT, _DIRECTORY.
    private static let needsRollback = SQLITE_READONLY | (3 << 8)
    private static let cannotWriteBeside: Set = [SQLITE_READONLY | (5 << 8), SQLITE_READONLY | (6 << 8)]
}
