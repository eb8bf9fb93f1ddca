import CSQLite

/// What a statement may do: read tables, call functions, and ask the PRAGMAs that only tell. All else is refused when
/// the statement is compiled, also inside of views.
final class StatementGuard {
    /// What was refused last.
    private(set) var refused: String?

    /// Guards a connection; this object must live as long.
    func watch(_ connection: OpaquePointer) {
        sqlite3_set_authorizer(
            connection,
            { context, action, first, second, _, _ in
                guard let context else { return SQLITE_DENY }
                let guardian = Unmanaged<StatementGuard>.fromOpaque(context).takeUnretainedValue()
                return guardian.allows(action, first.map { String(cString: $0) }, second.map { String(cString: $0) })
                    ? SQLITE_OK : SQLITE_DENY
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    func restart() { refused = nil }

    private func allows(_ action: Int32, _ first: String?, _ second: String?) -> Bool {
        switch action {
        case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE:
            return true
        case SQLITE_INSERT where first == "sqlite_master", SQLITE_UPDATE where first == "sqlite_master", SQLITE_CREATE_TABLE:
            // Table-valued functions declare themselves so. A statement that really creates is not read-only, and refused.
            return true
        case SQLITE_FUNCTION:
            let name = second?.lowercased() ?? ""
            if !Self.harmfulFunctions.contains(name) { return true }
            refused = "\(name)()"
        case SQLITE_PRAGMA:
            let name = first?.lowercased() ?? ""
            if second == nil ? Self.tellingPragmas.contains(name) : Self.pragmasWithArgument.contains(name) { return true }
            refused = "PRAGMA \(name)"
        default:
            refused = Self.names[action] ?? "a statement that writes"
        }
        return false
    }

    private static let harmfulFunctions: Set = ["load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"]

    /// Here an argument only says about what to tell.
    private static let pragmasWithArgument: Set = [
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
        "foreign_key_check", "quick_check", "integrity_check",
    ]

    private static let tellingPragmas: Set = pragmasWithArgument.union([
        "application_id", "user_version", "schema_version", "encoding", "page_size", "page_count", "freelist_count",
        "journal_mode", "compile_options", "function_list", "module_list", "pragma_list", "collation_list", "data_version",
    ])

    private static let names: [Int32: String] = [
        SQLITE_ATTACH: "ATTACH", SQLITE_DETACH: "DETACH", SQLITE_INSERT: "writing", SQLITE_UPDATE: "UPDATE",
        SQLITE_DELETE: "DELETE or DROP", SQLITE_TRANSACTION: "a transaction", SQLITE_SAVEPOINT: "SAVEPOINT",
        SQLITE_ANALYZE: "ANALYZE", SQLITE_REINDEX: "REINDEX", SQLITE_ALTER_TABLE: "ALTER TABLE",
    ]
}
