import GRDB
import Testing

/// All rows of a recording by table, in the order of their keys, but for what tells of the recording itself: who ran it, and when.
func contents(_ path: String) throws -> [String: [String]] {
    let circumstances: Set = ["uuid", "started_at", "finished_at", "input", "host", "process_id", "threads", "seconds"]
    let tables = try Recorded.open(path).read { db in
        try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'").map { table in
            (table, try db.columns(in: table).map(\.name).filter { table != "runs" || !circumstances.contains($0) })
        }
    }
    #expect(tables.count > 10)
    var contents: [String: [String]] = [:]
    for (table, columns) in tables {
        contents[table] = try dump(
            path,
            "SELECT \(columns.joined(separator: ", ")) FROM \(table) ORDER BY \((1...min(3, columns.count)).map(String.init).joined(separator: ", "))"
        )
    }
    return contents
}

/// Expects two recordings to hold the same, to the bit; `except` names tables that are compared elsewhere.
func expectSame(_ path: String, as other: String, except: Set<String> = []) throws {
    let (a, b) = (try contents(path), try contents(other))
    #expect(a.keys.sorted() == b.keys.sorted())
    for (table, rows) in a where !except.contains(table) {
        let wanted = b[table] ?? []
        let different = zip(rows, wanted).count { $0 != $1 }
        #expect(
            rows.count == wanted.count && different == 0,
            "\(table): \(rows.count) rows, \(wanted.count) expected, \(different) different")
    }
}
