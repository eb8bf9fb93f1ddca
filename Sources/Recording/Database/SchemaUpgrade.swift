import GRDB
import Schema

/// Brings a recording of an earlier version to this one when a run is to be added. Nothing that is there changes.
enum SchemaUpgrade {
    static func run(_ db: Database) throws {
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version < Schema.version else { return }
        try db.inTransaction(.immediate) {
            // 2: what resuming and merging need to know of a run.
            if version < 2 {
                try db.execute(
                    sql: """
                        ALTER TABLE runs ADD COLUMN shard INTEGER;
                        ALTER TABLE runs ADD COLUMN shards INTEGER;
                        ALTER TABLE runs ADD COLUMN configuration TEXT;
                        ALTER TABLE runs ADD COLUMN input_sha256 TEXT;
                        """)
            }
            try db.execute(sql: "PRAGMA user_version = \(Schema.version)")
            return .commit
        }
    }
}
