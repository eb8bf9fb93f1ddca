import CSQLite
import Files
import Foundation
import Output
import Queries
import Schema

/// A recording that is open for reading, and only that: neither its file nor a statement can change anything.
public final class ReadOnlyDatabase {
    /// When to look for damage before a file is used: reading it all takes a second for 1 GB or so.
    public enum DamageCheck: Sendable, Equatable {
        case never
        case always
        /// Only files up to this size. Larger ones are read with SQLite's own checks of each page.
        case upTo(bytes: Int)
    }

    /// What to do about a statement that does not stop.
    public final class Overrun: Sendable, Equatable {
        let action: @Sendable () -> Void

        public init(_ action: @escaping @Sendable () -> Void) { self.action = action }

        public static func == (a: Overrun, b: Overrun) -> Bool { a === b }
    }

    /// What a reader may use.
    public struct Options: Sendable, Equatable {
        /// Seconds of SQLite's work for one statement; nil is no limit.
        public var timeout: Double?
        /// Rows of one result; nil is no limit.
        public var rowLimit: Int?
        public var damageCheck: DamageCheck
        /// Shows on standard error, if that is a terminal, how much of the file a statement of more than a second has read.
        public var showsProgress = false
        /// Called, from another thread and perhaps more than once, when a statement is still running three seconds after its
        /// time: one call of a function cannot be stopped. A program that must end then, ends here.
        public var onOverrun: Overrun?

        public init(timeout: Double? = 60, rowLimit: Int? = nil, damageCheck: DamageCheck = .upTo(bytes: 64 << 20)) {
            self.timeout = timeout
            self.rowLimit = rowLimit
            self.damageCheck = damageCheck
        }
    }

    /// How a statement ended.
    public struct Outcome: Sendable, Equatable {
        /// Rows written.
        public let rows: Int
        /// Whether the row limit left some out.
        public let isCut: Bool

        package init(rows: Int, isCut: Bool) {
            self.rows = rows
            self.isCut = isCut
        }
    }

    public let path: String
    package let connection: Connection
    private let options: Options

    /// Opens a recording. What is none, or has another version, is refused.
    ///
    /// A journal that a killed recorder left behind is rolled back first, as every SQLite program does; otherwise the
    /// file is never changed.
    public init(path: String, options: Options = Options()) throws {
        self.path = path
        self.options = options
        do {
            connection = try Self.checked(path, options)
        } catch QueryError.unfinishedWrite {
            try Connection.rollBackJournal(of: path)
            connection = try Self.checked(path, options)
        }
    }

    private static func checked(_ path: String, _ options: Options) throws -> Connection {
        let progress = options.showsProgress ? QueryProgress() : nil
        let connection = try Connection(
            path: path, seconds: options.timeout, onOverrun: options.onOverrun?.action, progress: progress)
        let application: Int32
        do {
            application = try integer("PRAGMA application_id", connection)
        } catch QueryError.damaged(_, let reason) where reason == String(cString: sqlite3_errstr(SQLITE_NOTADB)) {
            throw QueryError.cannotOpen(path: path, reason: "it is not an SQLite database")
        }
        guard application == Schema.applicationID else {
            throw QueryError.notARecording(path: path, applicationID: application, expected: Schema.applicationID)
        }
        let version = try integer("PRAGMA user_version", connection)
        guard version == Schema.version else {
            throw QueryError.otherVersion(path: path, version: version, supported: Schema.version)
        }
        progress?.pageSize = try Int(integer("PRAGMA page_size", connection))
        try checkLength(connection)
        if try needsCheck(path, options.damageCheck) { try quickCheck(connection) }
        return connection
    }

    /// SQLite reads what is missing of the last page as zeros.
    private static func checkLength(_ connection: Connection) throws {
        let expected = try Int(integer("PRAGMA page_count", connection)) * Int(integer("PRAGMA page_size", connection))
        let found = try size(of: connection.path)
        guard found >= expected else {
            throw QueryError.damaged(path: connection.path, reason: "it has \(found) bytes, its header says \(expected)")
        }
    }

    private static func size(of path: String) throws -> Int {
        guard let info = FileInfo(path) else { throw QueryError.cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        return info.byteCount
    }

    /// The names of a view's columns.
    public func columns(of view: String) throws -> [String] { try connection.prepare("SELECT * FROM \(view)").columns }

    private static func integer(_ sql: String, _ connection: Connection) throws -> Int32 {
        let statement = try connection.prepare(sql)
        return try statement.step() ? Int32(truncatingIfNeeded: statement.integer(0)) : 0
    }

    private static func needsCheck(_ path: String, _ check: DamageCheck) throws -> Bool {
        switch check {
        case .never: false
        case .always: true
        case .upTo(let bytes): try size(of: path) <= bytes
        }
    }

    private static func quickCheck(_ connection: Connection) throws {
        let statement = try connection.prepare("PRAGMA quick_check(1)")
        if try statement.step(), statement.text(0) != "ok" {
            throw QueryError.damaged(path: connection.path, reason: statement.text(0).replacingOccurrences(of: "\n", with: " "))
        }
    }

    /// Runs one statement that reads, and writes its rows as they come. `parameters` are values by name, without the `:`;
    /// one that is not given is NULL.
    @discardableResult
    public func run(
        _ sql: String, parameters: [String: Cell] = [:], into writer: inout any RowWriter
    ) throws -> Outcome {
        let statement = try connection.prepare(sql)
        try bind(parameters, to: statement)
        let columns = statement.columns
        var row: [Cell] = []
        var count = 0
        var isBegun = false
        while try statement.step() {
            if !isBegun { try writer.begin(columns: columns) }
            isBegun = true
            if let limit = options.rowLimit, count >= limit {
                try writer.end()
                return Outcome(rows: count, isCut: true)
            }
            row.removeAll(keepingCapacity: true)
            for column in columns.indices { row.append(try statement.cell(column)) }
            try writer.write(row)
            count += 1
        }
        if !isBegun { try writer.begin(columns: columns) }
        try writer.end()
        return Outcome(rows: count, isCut: false)
    }

    /// Runs a named query, with values as they stand on a command line.
    @discardableResult
    public func run(_ query: NamedQuery, values: [String: String] = [:], into writer: inout any RowWriter) throws -> Outcome {
        try run(query.sql, parameters: query.parameters(from: values), into: &writer)
    }

    package func bind(_ values: [String: Cell], to statement: Statement) throws {
        let names = statement.parameters
        if names.contains(nil) { throw QueryError.refused(what: "a parameter without a name (?)") }
        let known = names.compactMap { $0 }
        for name in values.keys.sorted() where !known.contains(name) { throw QueryError.unknownParameter(name, known: known) }
        for (index, name) in known.enumerated() {
            if let value = values[name] { try statement.bind(value, at: index + 1) }
        }
    }
}

extension ReadOnlyDatabase {
    /// Looks at each row of a statement in turn.
    package func rows(_ sql: String, _ values: [Int64] = [], _ body: (Statement) throws -> Void) throws {
        let statement = try connection.prepare(sql)
        for (index, value) in values.enumerated() { try statement.bind(.integer(value), at: index + 1) }
        while try statement.step() { try body(statement) }
    }

    /// The first value of the first row, 0 when there is none.
    package func number(_ sql: String, _ values: [Int64] = []) throws -> Int {
        var result = 0
        try rows(sql, values) { result = Int($0.integer(0)) }
        return result
    }
}
