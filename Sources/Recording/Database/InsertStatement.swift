import CSQLite
import Digest
import GRDB
import Schema

/// A prepared INSERT for the hot path: values are bound one after another, by SQLite's own calls.
struct InsertStatement {
    private let statement: OpaquePointer
    private let owner: GRDB.Statement  // finalizes
    private let connection: OpaquePointer
    private let placeCount: Int32
    private var index: Int32 = 0

    /// What happens to a row whose key is there.
    enum Conflict: String {
        /// Ends the transaction, as every error of a writer does. SQLite keeps no copies of pages then, with which it would undo this
        /// statement alone.
        case fail = "INSERT OR ROLLBACK"
        case ignore = "INSERT OR IGNORE"
    }

    /// Rows come in whole groups of `group` of them: so many of a group as divide it are handed to SQLite together, which then
    /// looks for their place in the table once.
    init(_ db: Database, into table: String, columns: [String], inGroupsOf group: Int = 1, conflict: Conflict = .fail) throws {
        let rows = (1...32).last { group % $0 == 0 } ?? 1
        let places = "(" + columns.map { _ in "?" }.joined(separator: ", ") + ")"
        let values = Array(repeating: places, count: rows).joined(separator: ", ")
        try self.init(
            db, sql: "\(conflict.rawValue) INTO \(table) (\(columns.joined(separator: ", "))) VALUES \(values)",
            places: columns.count * rows)
    }

    /// A row of facts: its key, then the other columns.
    init(_ db: Database, into table: FactTable, inGroupsOf group: Int = 1) throws {
        try self.init(db, into: table.name, columns: [table.keyColumn] + table.columns, inGroupsOf: group)
    }

    /// Any statement that changes rows, with so many values for each time that it is run.
    init(_ db: Database, sql: String, places: Int) throws {
        owner = try db.makeStatement(sql: sql)
        placeCount = Int32(places)
        statement = owner.sqliteStatement
        connection = db.sqliteConnection!  // open as long as `db` is
    }

    mutating func bind(_ value: Int64) { index += 1; sqlite3_bind_int64(statement, index, value) }
    mutating func bind(_ value: Int) { bind(Int64(value)) }

    /// NaN becomes NULL; infinities are kept.
    mutating func bind(_ value: Double) { index += 1; sqlite3_bind_double(statement, index, value) }

    /// A value as another statement gives it, whatever its type; copied.
    mutating func bind(value: OpaquePointer?) { index += 1; sqlite3_bind_value(statement, index, value) }

    mutating func bindNull() { index += 1; sqlite3_bind_null(statement, index) }

    /// The bytes are read during `insert`, not copied: they must stay until then.
    mutating func bind(borrowed bytes: UnsafeRawBufferPointer) {
        index += 1
        sqlite3_bind_blob64(statement, index, bytes.baseAddress, UInt64(bytes.count), nil)
    }

    /// Copied; NULL for nil.
    mutating func bind(text: String?) {
        guard var text else { return bindNull() }
        index += 1
        text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) {
                // An empty buffer may have no address, and without one SQLite would bind NULL.
                _ = sqlite3_bind_text64(
                    statement, index, $0.baseAddress ?? UnsafePointer(bitPattern: 1), UInt64($0.count), Self.transient,
                    UInt8(SQLITE_UTF8))
            }
        }
    }

    /// SQLITE_TRANSIENT, which Swift does not import.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// A row is complete: runs the statement if it was the last of those that go together.
    mutating func insert() throws {
        if index < placeCount { return }
        let code = sqlite3_step(statement)
        index = 0
        guard code == SQLITE_DONE else {
            let message = String(cString: sqlite3_errmsg(connection))
            sqlite3_reset(statement)
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
        }
        sqlite3_reset(statement)
    }
}

/// Takes rows of facts, value by value: the table that they are written into, or the checksum that they are compared with later.
protocol FactSink {
    mutating func add(_ value: Int64)
    mutating func add(_ value: Int)
    /// NaN is stored as NULL.
    mutating func add(_ value: Double)
    mutating func addNull()
    mutating func endRow() throws
}

extension RowChecksum: FactSink {}

extension InsertStatement: FactSink {
    mutating func add(_ value: Int64) { bind(value) }
    mutating func add(_ value: Int) { bind(value) }
    mutating func add(_ value: Double) { bind(value) }
    mutating func addNull() { bindNull() }
    mutating func endRow() throws { try insert() }
}
