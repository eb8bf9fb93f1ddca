import GRDB

/// Opens a file for writing once, so that SQLite plays back the journal of a program that was killed.
func recover(_ path: String) throws {
    let queue = try DatabaseQueue(path: path)
    _ = try queue.write { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
    try queue.close()
}
