import CSQLite
import Output

/// A prepared statement that reads. Its rows are looked at in place, one at a time.
package final class Statement {
    private let connection: Connection
    private let handle: OpaquePointer

    /// Owns `handle`.
    init(_ connection: Connection, handle: OpaquePointer) {
        self.connection = connection
        self.handle = handle
    }

    deinit { sqlite3_finalize(handle) }

    var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    /// Names of the result's columns.
    package var columns: [String] {
        (0..<sqlite3_column_count(handle)).map { sqlite3_column_name(handle, $0).map { String(cString: $0) } ?? "" }
    }

    /// The type a result column was declared with, and the table and column it comes from; nil for an expression.
    package func origin(_ column: Int) -> (type: String, table: String, column: String)? {
        let column = Int32(column)
        guard let type = sqlite3_column_decltype(handle, column), let table = sqlite3_column_table_name(handle, column),
            let name = sqlite3_column_origin_name(handle, column)
        else { return nil }
        return (String(cString: type), String(cString: table), String(cString: name))
    }

    /// Names of the parameters without their first character, in the order of their numbers; nil for a bare `?`.
    package var parameters: [String?] {
        (0..<sqlite3_bind_parameter_count(handle)).map { index in
            sqlite3_bind_parameter_name(handle, index + 1).map { String(String(cString: $0).dropFirst()) }
        }
    }

    /// - Parameter index: from 1.
    package func bind(_ value: Cell, at index: Int) throws {
        let code = bind(value, Int32(index))
        if code != SQLITE_OK { throw connection.error(code) }
    }

    private func bind(_ value: Cell, _ index: Int32) -> Int32 {
        switch value {
        case .null:
            return sqlite3_bind_null(handle, index)
        case .list:
            return SQLITE_MISMATCH
        case .integer(let value):
            return sqlite3_bind_int64(handle, index, value)
        case .real(let value):
            return sqlite3_bind_double(handle, index, value)
        case .text(let text):
            return text.withCString {
                sqlite3_bind_text64(handle, index, $0, UInt64(text.utf8.count), Self.transient, UInt8(SQLITE_UTF8))
            }
        case .blob(let bytes):
            if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, index, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), Self.transient)
            }
        }
    }

    package func bind(_ values: Int64...) throws {
        for (index, value) in values.enumerated() { try bind(.integer(value), at: index + 1) }
    }

    /// SQLITE_TRANSIENT, which Swift does not import.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// The next row; false when there is none, and the statement is then ready to run again.
    package func step() throws -> Bool {
        let code = connection.timeLimit.counting { sqlite3_step(handle) }
        connection.progress?.stepped(isAtEnd: code != SQLITE_ROW)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        default:
            let error = connection.error(code)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs the statement and calls `body` at each row.
    package func forEachRow(_ body: () throws -> Void) throws {
        defer { sqlite3_reset(handle) }
        while try step() { try body() }
    }

    // Values of the current row; columns count from 0.

    package func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }

    /// nil for NULL.
    package func real(_ column: Int) -> Double? { isNull(column) ? nil : sqlite3_column_double(handle, Int32(column)) }

    package func text(_ column: Int) -> String {
        let bytes = sqlite3_column_text(handle, Int32(column))
        return String(
            decoding: UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, Int32(column)))), as: UTF8.self)
    }

    /// 0 for NULL.
    package func double(_ column: Int) -> Double { sqlite3_column_double(handle, Int32(column)) }

    /// SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB or SQLITE_NULL.
    package func storageClass(_ column: Int) -> Int32 { sqlite3_column_type(handle, Int32(column)) }

    package static func name(ofStorageClass storageClass: Int32) -> String {
        switch storageClass {
        case SQLITE_INTEGER: "INTEGER"
        case SQLITE_FLOAT: "REAL"
        case SQLITE_TEXT: "TEXT"
        case SQLITE_BLOB: "BLOB"
        default: "NULL"
        }
    }

    /// The bytes of a text that is not NULL, in place until the next step.
    package func checkedText(_ column: Int) throws -> UnsafeRawBufferPointer {
        guard let start = sqlite3_column_text(handle, Int32(column)) else { throw connection.error(SQLITE_NOMEM) }
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column))))
    }

    /// As `bytes`; a blob for which there is no memory is an error.
    package func checkedBytes(_ column: Int) throws -> UnsafeRawBufferPointer {
        // An empty blob has no address; one without address that has bytes found no memory.
        let found = bytes(column)
        if found.baseAddress == nil, sqlite3_column_bytes(handle, Int32(column)) > 0 { throw connection.error(SQLITE_NOMEM) }
        return found
    }

    package func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

    /// In place, until the next step.
    package func bytes(_ column: Int) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, Int32(column))
        return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(handle, Int32(column))))
    }

    package func cell(_ column: Int) throws -> Cell {
        let column32 = Int32(column)
        switch sqlite3_column_type(handle, column32) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column32))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, column32))
        case SQLITE_TEXT:
            guard let start = sqlite3_column_text(handle, column32) else { throw connection.error(SQLITE_NOMEM) }
            let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column32)))
            return .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            // An empty blob has no address; one without address that has bytes found no memory.
            guard let start = sqlite3_column_blob(handle, column32) else {
                if sqlite3_column_bytes(handle, column32) > 0 { throw connection.error(SQLITE_NOMEM) }
                return .blob([])
            }
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column32)))))
        default: return .null
        }
    }
}
