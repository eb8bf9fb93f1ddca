import GRDB
import Schema

/// Brings a recording of an earlier version to this one when a run is to be added. Nothing that is there changes.
enum SchemaUpgrade {
    static func run(_ db: Database) throws {
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let knowsOtherModels = try db.columns(in: "models").contains { $0.name == "mask" }
        guard version < Schema.version || !knowsOtherModels else { return }
        // Renaming a table would otherwise look for it in the views.
        try db.execute(sql: "PRAGMA legacy_alter_table = ON")
        defer { try? db.execute(sql: "PRAGMA legacy_alter_table = OFF") }
        try db.inTransaction(.immediate) {
            if !knowsOtherModels { try addOtherModels(db) }
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
            // 3: what verify needs to know of a run.
            try db.execute(
                sql: """
                    ALTER TABLE hooks ADD COLUMN overflowed INTEGER NOT NULL DEFAULT 0;
                    CREATE TABLE checksums (
                        sequence_id INTEGER NOT NULL REFERENCES sequences,
                        facts       TEXT NOT NULL,
                        checksum    INTEGER NOT NULL,
                        PRIMARY KEY (sequence_id, facts)
                    ) STRICT, WITHOUT ROWID;
                    """)
            try db.execute(sql: "PRAGMA user_version = \(Schema.version)")
            return .commit
        }
    }

    /// 2: what other models than GPT-2 differ in; all that were recorded before are GPT-2s.
    private static func addOtherModels(_ db: Database) throws {
        try db.execute(
            sql: """
                ALTER TABLE models ADD COLUMN mask TEXT NOT NULL DEFAULT 'causal' CHECK (mask IN ('causal', 'bidirectional'));
                ALTER TABLE models ADD COLUMN key_value_heads INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE models ADD COLUMN unembedding TEXT NOT NULL DEFAULT 'tied'
                    CHECK (unembedding IN ('tied', 'separate', 'none'));
                UPDATE models SET key_value_heads = heads;
                CREATE TABLE components_2 (
                    model_id  INTEGER NOT NULL REFERENCES models,
                    component INTEGER NOT NULL,
                    name      TEXT NOT NULL,
                    kind      TEXT NOT NULL
                        CHECK (kind IN ('embed', 'pos_embed', 'token_type_embed', 'norm', 'head', 'attn_bias', 'mlp')),
                    layer     INTEGER,
                    head      INTEGER,
                    PRIMARY KEY (model_id, component)
                ) STRICT, WITHOUT ROWID;
                INSERT INTO components_2 SELECT model_id, component, name, kind, layer, head FROM components;
                DROP TABLE components;
                ALTER TABLE components_2 RENAME TO components;
                """)
    }
}
