/// A shard that is open, with the statements that read it.
final class OpenShard {
    let path: String
    let database: SourceDatabase
    /// Of the sequences numbered ?1 to ?2: how many, their tokens, the first key of a token and the one after the last, the first
    /// and last id.
    let block: SourceStatement
    private var statements: [SourceStatement?] = []

    init(path: String) throws {
        self.path = path
        database = try SourceDatabase(path: path)
        block = try database.prepare(
            """
            SELECT count(*), sum(token_count), min(first_token), max(first_token + token_count), min(sequence_id), max(sequence_id)
            FROM sequences WHERE run_id = 1 AND number BETWEEN ?1 AND ?2
            """)
    }

    /// The statement that has this place in the list, prepared when it is first asked for.
    func statement(_ index: Int, _ sql: String) throws -> SourceStatement {
        while statements.count <= index { statements.append(nil) }
        if let statement = statements[index] { return statement }
        let statement = try database.prepare(sql)
        statements[index] = statement
        return statement
    }
}

/// Opens shards as they are asked for, and keeps the last few: their number is not bounded by what the system lets be open.
struct OpenShards {
    private let paths: [String]
    /// The last one used stands last.
    private var open: [(index: Int, shard: OpenShard)] = []
    private static let most = 24

    init(_ paths: [String]) { self.paths = paths }

    mutating func shard(_ index: Int) throws -> OpenShard {
        if let place = open.firstIndex(where: { $0.index == index }) {
            let entry = open.remove(at: place)
            open.append(entry)
            return entry.shard
        }
        if open.count == Self.most { open.removeFirst() }
        let shard = try OpenShard(path: paths[index])
        open.append((index, shard))
        return shard
    }
}
