import Reading

/// What SQLite itself can say about the file.
enum FileChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var integrity = Tally("integrity", "SQLite's integrity_check finds no damage")
        try database.rows("PRAGMA integrity_check(10)") { row in
            let text = row.text(0)
            integrity.count(1, wrong: text == "ok" ? 0 : 1, text)
        }
        var foreignKeys = Tally("foreign keys", "every row that names another row finds it")
        var wrong = 0
        var first = ""
        try database.rows("PRAGMA foreign_key_check") { row in
            if wrong == 0 { first = "\(row.text(0)), row \(row.integer(1)), names a row of \(row.text(2)) that is not there" }
            wrong += 1
        }
        let keys = try database.number(
            "SELECT count(*) FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) WHERE l.schema = 'main'")
        foreignKeys.count(keys, wrong: wrong, first)
        return [integrity, foreignKeys]
    }
}
