import Exporting
import Parquet
import Reading
import Schema
import Testing

/// Which type each column of an export has.
@Suite struct ParquetTypesTests {
    private func types(ofView view: String) throws -> [String: ParquetColumn.DataType] {
        let statement = try Connection(schema: Schema.sql).prepare("SELECT * FROM \(view)")
        return Dictionary(uniqueKeysWithValues: try ParquetTypes.columns(ofView: view, statement).map { ($0.name, $0.type) })
    }

    @Test(arguments: ParquetExport.tables) func everyColumnHasItsDocumentedType(_ view: String) throws {
        let documented = try SchemaReference.columns(of: view, SchemaComments(), Connection(schema: Schema.sql))
        let found = try types(ofView: view)
        for column in documented {
            let expected: ParquetColumn.DataType? =
                switch column.type {
                case "INTEGER": .integer
                case "REAL": .double
                case "TEXT": .text
                case "BLOB": column.name == "vector" ? .floatList : .binary
                default: nil
                }
            #expect(expected != nil && found[column.name] == expected, "\(view).\(column.name) \(column.type)")
        }
        #expect(found.count == documented.count)
    }

    @Test(
        arguments: [
            ("SELECT 1 AS x", .integer), ("SELECT 1.5 AS x", .double), ("SELECT NULL AS x", .double),
            ("SELECT 1 AS x WHERE 0", .double),
            ("SELECT 'a' AS x UNION ALL SELECT NULL", .text), ("SELECT x'00' AS x", .binary),
            ("SELECT 1 AS x UNION ALL SELECT 0.5", .double),
            ("SELECT epsilon AS x FROM models", .double), ("SELECT bytes AS x FROM vocabulary", .binary),
            ("SELECT vector AS x FROM vectors", .floatList),
        ] as [(String, ParquetColumn.DataType)])
    func aQuerysColumnHasItsDeclaredTypeOrThatOfItsValues(_ sql: String, _ type: ParquetColumn.DataType) throws {
        let statement = try Connection(schema: Schema.sql).prepare(sql)
        #expect(try ParquetTypes.columns(ofQuery: statement) == [ParquetColumn(name: "x", type: type)])
    }

    @Test func textAmongNumbersIsRefused() throws {
        let statement = try Connection(schema: Schema.sql).prepare("SELECT 1 AS x UNION ALL SELECT 'a'")
        #expect(throws: ParquetExportError.mixedTypes(column: "x", found: ["INTEGER", "TEXT"])) {
            try ParquetTypes.columns(ofQuery: statement)
        }
    }
}
