import CSQLite
import Parquet
import Reading

/// Which Parquet type a column of a result has.
///
/// As declared: INTEGER is int64, REAL double, TEXT string, BLOB binary, and the BLOB of an activation vector a list of
/// floats. A column that a view computes has the type of its documentation. A column that a query computes has the type of
/// its values: integers with reals among them are doubles, and a column of nothing but NULL is double too.
package enum ParquetTypes {
    /// The columns of a view or table.
    package static func columns(ofView view: String, _ statement: Statement) throws -> [ParquetColumn] {
        try columns(statement) { index, name in
            DerivedColumns.about(view, name)?.type ?? statement.origin(index)?.type ?? DerivedColumns.types[name]
        }
    }

    /// The columns of a query, whose parameters are bound. May run it once to see its values.
    package static func columns(ofQuery statement: Statement) throws -> [ParquetColumn] {
        try columns(statement) { index, _ in statement.origin(index)?.type }
    }

    private static func columns(_ statement: Statement, declared: (Int, String) -> String?) throws -> [ParquetColumn] {
        let names = statement.columns
        var types = names.enumerated().map { index, name in type(declared(index, name), isVector: isVector(statement, index)) }
        let open = types.indices.filter { types[$0] == nil }
        if !open.isEmpty {
            var seen = [UInt8](repeating: 0, count: names.count)
            try statement.forEachRow { for index in open { seen[index] |= 1 << UInt8(statement.storageClass(index)) } }
            for index in open { types[index] = try observed(seen[index], names[index]) }
        }
        return zip(names, types).map { ParquetColumn(name: $0, type: $1 ?? .double) }
    }

    private static func isVector(_ statement: Statement, _ index: Int) -> Bool {
        statement.origin(index).map { $0.table == "vectors" && $0.column == "vector" } ?? false
    }

    private static func type(_ declared: String?, isVector: Bool) -> ParquetColumn.DataType? {
        switch declared {
        case "INTEGER", "INT": .integer
        case "REAL": .double
        case "TEXT": .text
        case "BLOB": isVector ? .floatList : .binary
        default: nil
        }
    }

    /// - Parameter seen: a bit for each of SQLite's storage classes that a value has.
    private static func observed(_ seen: UInt8, _ column: String) throws -> ParquetColumn.DataType {
        let classes = [SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB].filter { seen & 1 << UInt8($0) != 0 }
        switch classes {
        case [SQLITE_INTEGER]: return .integer
        case [], [SQLITE_FLOAT], [SQLITE_INTEGER, SQLITE_FLOAT]: return .double
        case [SQLITE_TEXT]: return .text
        case [SQLITE_BLOB]: return .binary
        default: throw ParquetExportError.mixedTypes(column: column, found: classes.map { Statement.name(ofStorageClass: $0) })
        }
    }
}
