import Foundation
import GRDB
import Schema
import Testing

/// What the program says of the tables of facts, against `schema.sql`.
@Suite struct FactTableTests {
    private let database: DatabaseQueue

    init() throws {
        database = try DatabaseQueue()
        try database.writeWithoutTransaction { try $0.execute(sql: Schema.sql) }
    }

    @Test(arguments: FactTable.all)
    func columnsAreThoseOfTheSchema(table: FactTable) throws {
        let columns = try database.read { try $0.columns(in: table.name) }
        #expect(columns.first?.name == table.keyColumn)
        #expect(columns.first?.primaryKeyIndex == 1)
        #expect(Set(columns.dropFirst().map(\.name)) == Set(table.columns))
        #expect(columns.count == table.columns.count + 1)
    }

    /// The head of `schema.sql` has the formula of each key.
    @Test func everyKeyIsWrittenOutInTheSchema() {
        let formulas = FactTable.all.filter { !$0.parts.isEmpty }.map { table in
            let product = table.parts.enumerated().reduce("token_key") { text, part in
                "\(part.offset == 0 ? text : "(\(text))") * \(part.element.count) + \(part.element)"
            }
            return (table, product)
        }
        #expect(formulas.count == 7)
        for (table, formula) in formulas {
            let lines = Schema.sql.split(separator: "\n").filter { $0.hasPrefix("--") && $0.contains(table.name) }
            #expect(lines.contains { $0.contains("= \(formula)") }, "\(table.name) = \(formula)")
        }
    }

    @Test(arguments: FactTable.all)
    func keysComeApartAsTheyWerePutTogether(table: FactTable) throws {
        let (token, first, second): (Int64, Int, Int) = (1_000_003, table.parts.isEmpty ? 0 : 1023, table.parts.count > 1 ? 977 : 0)
        let key = table.key(token: token, first, second)
        #expect(table.token(of: key) == token)
        for (part, value) in zip(table.parts, [first, second]) { #expect(table.value(part, of: key) == value) }
        // And in SQL.
        let values = table.parts.map { table.value($0, "t") }
        let columns = ([table.token("t")] + values).joined(separator: ", ")
        try database.read { db in
            let with = "WITH t(\(table.keyColumn)) AS (VALUES (\(key)))"
            let row = try #require(try Row.fetchOne(db, sql: "\(with) SELECT \(columns) FROM t"))
            #expect(row[0] as Int64 == token)
            for (index, value) in [first, second].prefix(values.count).enumerated() { #expect(row[1 + index] as Int == value) }
            func holds(_ condition: String) throws -> Bool {
                try Bool.fetchOne(db, sql: "\(with) SELECT \(condition) FROM t") ?? false
            }
            #expect(try holds(table.rows("t", ofToken: "\(token)")))
            #expect(try !holds(table.rows("t", ofToken: "\(token + 1)")))
            #expect(try !holds(table.rows("t", ofToken: "\(token - 1)")))
            #expect(try holds(table.rows("t", ofTokensFrom: "\(token)", through: "\(token)")))
            #expect(try !holds(table.rows("t", ofTokensFrom: "\(token + 1)", through: "\(token + 9)")))
            if !table.parts.isEmpty {
                #expect(try holds(table.rows("t", ofToken: "\(token)", "\(first)")))
                #expect(try !holds(table.rows("t", ofToken: "\(token)", "\(first - 1)")))
            }
        }
    }

    @Test func theWordsOfACaptureFillTheirTables() {
        #expect(CapturePreset.words("stats, loss,blocks.*.hook_z ") == ["stats", "loss", "blocks.*.hook_z"])
        #expect(CapturePreset.tables(askedForBy: "norm-stats,blocks.0.ln1.hook_in") == [.siteMoments, .queryKeyMoments])
        #expect(CapturePreset.tables(askedForBy: "shares, loss") == [.shareValues, .predictions])
        #expect(CapturePreset.tables(askedForBy: "lens,attribution") == [.lensValues, .attributionTargets, .attributionValues])
        #expect(CapturePreset.tables(askedForBy: "blocks.0.ln1.hook_in") == [])
    }
}
