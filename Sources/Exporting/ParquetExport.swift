import Output
import Parquet
import Queries
import Reading

/// Writes a recording as Parquet files: typed columns that pandas, Polars, DuckDB and Spark read at their own speed.
public struct ParquetExport {
    /// What was written.
    public struct Outcome: Sendable, Equatable {
        public internal(set) var files = 0
        public internal(set) var rows = 0
    }

    /// What to write.
    public enum Source {
        case view(String)
        case query(NamedQuery, values: [String: String])

        var name: String {
            switch self {
            case .view(let name): name
            case .query(let query, _): query.name
            }
        }
    }

    /// The views and tables that have a place in an export.
    public static let tables = ParquetTable.all.map(\.name)

    private let database: ReadOnlyDatabase
    private let options: ParquetWriter.Options
    private let isCancelled: () -> Bool

    /// - Parameters:
    ///   - version: of this program, for the files' footers.
    ///   - isCancelled: asked every few thousand rows; then `ParquetExportError.cancelled` is thrown.
    public init(_ database: ReadOnlyDatabase, version: String, isCancelled: @escaping () -> Bool = { false }) {
        self.database = database
        self.isCancelled = isCancelled
        options = ParquetWriter.Options(createdBy: EarlierOutput.parquetMark + version)
    }

    /// Everything, or one view or query, as folders of files in a directory that is there when all of it is written.
    /// - Parameter force: whether an earlier export there is replaced.
    public func write(_ source: Source?, toDirectory path: String, force: Bool) throws -> Outcome {
        let names = source.map { [$0.name] } ?? Self.tables
        let directory = try ExportDirectory(path: path, force: force, known: Set(Self.tables + Queries.names))
        var outcome = Outcome()
        for name in names {
            if case .query? = source {
                try writeFile(source, in: directory, name, &outcome)
            } else {
                try write(ParquetTable(name), to: directory, &outcome)
            }
        }
        try directory.commit()
        return outcome
    }

    /// One view or query as one file, with all its columns in their order.
    public func write(_ source: Source, toFile descriptor: Int32, named path: String) throws -> Outcome {
        let rows =
            switch source {
            case .view(let name): try write(database.connection.prepare("SELECT * FROM \(name)"), ofView: name, descriptor, path)
            case .query(let query, let values): try write(query, values, descriptor, path)
            }
        return Outcome(files: 1, rows: rows)
    }

    private func writeFile(_ source: Source?, in directory: ExportDirectory, _ name: String, _ outcome: inout Outcome) throws {
        guard case .query(let query, let values)? = source else { return }
        try directory.addFile(in: name) { outcome.add(try write(query, values, $0, $1)) }
    }

    private func write(_ table: ParquetTable, to directory: ExportDirectory, _ outcome: inout Outcome) throws {
        let all = try database.connection.prepare("SELECT * FROM \(table.name)").columns
        let parts = try partitions(of: table)
        guard !parts.isEmpty else {
            // No part, no folder: one file without rows says what the columns are.
            let statement = try database.connection.prepare("SELECT * FROM \(table.name)")
            return try directory.addFile(in: table.name) { outcome.add(try write(statement, ofView: table.name, $0, $1)) }
        }
        let columns = all.filter { !table.partition.contains($0) }.map { "\"\($0)\"" }.joined(separator: ", ")
        let condition = table.partition.map { "\"\($0)\" = ?" }.joined(separator: " AND ")
        let sql = "SELECT \(columns) FROM \(table.name)" + (condition.isEmpty ? "" : " WHERE \(condition)")
        for values in parts {
            let statement = try database.connection.prepare(sql)
            for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
            try directory.addFile(in: table.folder(values)) { outcome.add(try write(statement, ofView: table.name, $0, $1)) }
        }
    }

    /// The values of the partition columns; one empty row where there are no such columns.
    private func partitions(of table: ParquetTable) throws -> [[Cell]] {
        guard let sql = table.partitionValues else { return [[]] }
        var values: [[Cell]] = []
        let statement = try database.connection.prepare(sql)
        try statement.forEachRow { values.append(try table.partition.indices.map { try statement.cell($0) }) }
        return values
    }

    private func write(_ statement: Statement, ofView view: String, _ descriptor: Int32, _ path: String) throws -> Int {
        try write(statement, try ParquetTypes.columns(ofView: view, statement), descriptor, path)
    }

    private func write(_ query: NamedQuery, _ values: [String: String], _ descriptor: Int32, _ path: String) throws -> Int {
        let statement = try database.connection.prepare(query.sql)
        try database.bind(query.parameters(from: values), to: statement)
        return try write(statement, try ParquetTypes.columns(ofQuery: statement), descriptor, path)
    }

    private func write(_ statement: Statement, _ columns: [ParquetColumn], _ descriptor: Int32, _ path: String) throws -> Int {
        let writer = try ParquetWriter(columns: columns, options: options) {
            try FileDescriptorSink.write($0, to: descriptor, name: path)
        }
        var rows = ParquetRows(statement, columns)
        try rows.copy(to: writer, isCancelled: isCancelled)
        try writer.finish()
        return writer.rows
    }
}

extension ParquetExport.Outcome {
    mutating func add(_ rows: Int) {
        files += 1
        self.rows += rows
    }
}

/// What a recording, or the place for its export, has that Parquet files cannot be made of.
public enum ParquetExportError: Error, Equatable, CustomStringConvertible {
    /// A value is not of its column's type: the file is not as its schema says.
    case wrongType(column: String, expected: String, found: String)
    /// The values of a query's column are of types that no one type holds.
    case mixedTypes(column: String, found: [String])
    /// The bytes of a vector are no whole number of values.
    case brokenVector(column: String, bytes: Int)
    case notADirectory(path: String)
    case notEmpty(path: String)
    /// What --force would remove is more than an export.
    case notAnExport(path: String, entry: String)
    case cancelled

    public var description: String {
        switch self {
        case .wrongType(let column, let expected, let found): "column '\(column)' is \(expected), but holds \(found)"
        case .mixedTypes(let column, let found):
            "column '\(column)' holds \(found.joined(separator: " and ")): a Parquet column has one type"
        case .brokenVector(let column, let bytes):
            "column '\(column)' has a vector of \(bytes) bytes, which are no whole number of values"
        case .notADirectory(let path): "\(path) is a file; the export is a directory (or name one file: -o NAME.parquet)"
        case .notEmpty(let path): "the directory \(path) is not empty; --force replaces an earlier export"
        case .notAnExport(let path, let entry): "\(path) holds '\(entry)', which no export makes: it is not replaced"
        case .cancelled: "stopped; nothing was written"
        }
    }
}
