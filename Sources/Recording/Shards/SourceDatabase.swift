import CSQLite
import Files

/// A shard's file, open for reading alone, with a small cache: many can be open.
final class SourceDatabase {
    let path: String
    private let connection: OpaquePointer

    init(path: String) throws(ShardError) {
        self.path = path
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(FilePath.forSQLite(path), &handle, SQLITE_OPEN_READONLY, nil)
        guard code == SQLITE_OK, let handle else {
            sqlite3_close(handle)
            throw .damaged(path: path, reason: String(cString: sqlite3_errstr(code)))
        }
        connection = handle
        sqlite3_exec(handle, "PRAGMA cache_size = -1024; PRAGMA trusted_schema = OFF", nil, nil, nil)
    }

    deinit { sqlite3_close(connection) }

    func prepare(_ sql: String) throws(ShardError) -> SourceStatement {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK, let statement else { throw failure }
        return SourceStatement(statement, of: self)
    }

    /// The one row of integers that `sql` gives; NULL is 0.
    func integers(_ sql: String, _ arguments: Int64...) throws(ShardError) -> [Int64] {
        let statement = try prepare(sql)
        statement.bind(arguments)
        guard try statement.step() else { return [] }
        return (0..<statement.columnCount).map { statement.integer($0) }
    }

    var failure: ShardError { .damaged(path: path, reason: String(cString: sqlite3_errmsg(connection))) }
}

/// A prepared SELECT.
final class SourceStatement {
    private let statement: OpaquePointer
    private unowned let database: SourceDatabase

    fileprivate init(_ statement: OpaquePointer, of database: SourceDatabase) {
        (self.statement, self.database) = (statement, database)
    }

    deinit { sqlite3_finalize(statement) }

    var columnCount: Int32 { sqlite3_column_count(statement) }

    /// Begins anew with these values for ?1, ?2, ...
    func bind(_ values: [Int64]) {
        sqlite3_reset(statement)
        for (index, value) in values.enumerated() { sqlite3_bind_int64(statement, Int32(index + 1), value) }
    }

    /// Whether there is another row.
    func step() throws(ShardError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw database.failure
        }
    }

    /// Gives up the read lock.
    func reset() { sqlite3_reset(statement) }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    /// Nil where the column is NULL.
    func double(_ column: Int32) -> Double? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : sqlite3_column_double(statement, column)
    }

    func text(_ column: Int32) -> String? { sqlite3_column_text(statement, column).map { String(cString: $0) } }

    /// Valid until the next step.
    func value(_ column: Int32) -> OpaquePointer? { sqlite3_column_value(statement, column) }
}
