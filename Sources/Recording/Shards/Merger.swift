import Digest
import Foundation
import GRDB

/// The work of a merge, inside its transaction.
struct Merger {
    private let db: Database
    private let shards: ShardSet
    private var open: OpenShards
    private var nextVector: [Int64]
    /// By shard, ascending.
    private var moved: [[BlockCopy.Moved]]

    init(_ db: Database, _ shards: ShardSet) {
        (self.db, self.shards) = (db, shards)
        open = OpenShards(shards.shards.map(\.path))
        nextVector = Array(repeating: 0, count: shards.count)
        moved = Array(repeating: [], count: shards.count)
    }

    mutating func run(_ progress: Merge.Progress) throws {
        try copyModel()
        try copyRun()
        try copyBlocks(progress)
        try addUp()
    }

    /// What all shards have alike is taken from the first.
    private mutating func copyModel() throws {
        let first = try open.shard(0).database
        for table in ["models", "sites", "norm_parameters", "attention_output_biases", "components", "runs", "hooks"] {
            try copy(table, from: first)
        }
        for index in 0..<shards.count {
            let shard = try open.shard(index).database
            let manifest = shards.shards[index].manifest
            let run = try shard.prepare(
                "SELECT uuid, shard, shards, sequences, tokens, status, (SELECT count(*) FROM runs) FROM runs WHERE run_id = 1")
            guard try run.step(), run.text(0) == manifest.run, run.integer(1) == manifest.shard, run.integer(2) == manifest.shards,
                run.integer(3) == manifest.sequences, run.integer(4) == manifest.tokens, run.text(5) == "complete",
                run.integer(6) == 1
            else { throw ShardError.damaged(path: shard.path, reason: "its run is not the one of its manifest") }
            let hooks = try shard.prepare(
                "SELECT group_concat(hook_id || name || head_count || dtype) FROM (SELECT * FROM hooks ORDER BY hook_id)")
            let same = try String.fetchOne(
                db, sql: "SELECT group_concat(hook_id || name || head_count || dtype) FROM (SELECT * FROM hooks ORDER BY hook_id)")
            guard try hooks.step(), hooks.text(0) == same else {
                throw ShardError.damaged(path: shard.path, reason: "its hook points are not those of the other shards")
            }
        }
    }

    private func copy(_ table: String, from shard: SourceDatabase, conflict: InsertStatement.Conflict = .fail) throws {
        let columns = try db.columns(in: table).map(\.name)
        let select = try shard.prepare("SELECT \(columns.joined(separator: ", ")) FROM \(table)")
        var insert = try InsertStatement(db, into: table, columns: columns, conflict: conflict)
        while try select.step() {
            for column in 0..<select.columnCount { insert.bind(value: select.value(column)) }
            try insert.insert()
        }
    }

    /// Token texts that some shards know and others, recorded without a tokenizer, do not.
    private func copyVocabulary(from shard: SourceDatabase) throws {
        try copy("vocabulary", from: shard, conflict: .ignore)
        let select = try shard.prepare("SELECT bytes, text, model_id, token_id FROM vocabulary WHERE bytes IS NOT NULL")
        var update = try InsertStatement(
            db, sql: "UPDATE vocabulary SET bytes = ?, text = ? WHERE model_id = ? AND token_id = ? AND bytes IS NULL", places: 4)
        while try select.step() {
            for column in 0..<select.columnCount { update.bind(value: select.value(column)) }
            try update.insert()
        }
    }

    /// What float16 could not hold, in the shards beyond the first.
    private func addOverflows(of shard: SourceDatabase) throws {
        let counts = try shard.prepare("SELECT hook_id, overflowed FROM hooks WHERE overflowed > 0")
        while try counts.step() {
            try db.execute(
                sql: "UPDATE hooks SET overflowed = overflowed + ? WHERE hook_id = ?",
                arguments: [counts.integer(1), counts.integer(0)])
        }
    }

    /// The first shard's run becomes that of all: from the first start to the last end, with an identity that follows from theirs.
    private mutating func copyRun() throws {
        var (started, finished): (String?, String?)
        var (seconds, hosts): (Double, [String]) = (0, [])
        let digest = Digest(.sha256)
        for index in 0..<shards.count {
            let select = try open.shard(index).database.prepare("SELECT started_at, finished_at, seconds, host FROM runs")
            guard try select.step() else { continue }
            started = [started, select.text(0)].compactMap { $0 }.min()
            finished = [finished, select.text(1)].compactMap { $0 }.max()
            seconds += select.double(2) ?? 0
            if let host = select.text(3), !hosts.contains(host), hosts.count < 100 { hosts.append(host) }
            Array(shards.shards[index].manifest.run.utf8).withUnsafeBytes { digest.update($0) }
        }
        guard let bytes = digest.finish(), bytes.count >= 16 else { throw RecordingError.noDigest }
        try db.execute(
            sql: """
                UPDATE runs SET uuid = ?, started_at = ?, finished_at = ?, seconds = ?, host = ?, sequences = ?, tokens = ?,
                    shard = NULL, shards = NULL
                """,
            arguments: [
                Self.uuid(bytes), started ?? "", finished, seconds, hosts.joined(separator: ","), shards.sequences, shards.tokens,
            ])
    }

    /// A UUID of version 8 (RFC 9562): made from a digest, the same for the same shards.
    private static func uuid(_ digest: [UInt8]) -> String {
        var b = Array(digest.prefix(16))
        b[6] = b[6] & 0x0F | 0x80
        b[8] = b[8] & 0x3F | 0x80
        let hex = b.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        var text = ""
        for (index, character) in hex.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(character)
        }
        return text
    }

    /// Block after block, each from the shard whose turn it was.
    private mutating func copyBlocks(_ progress: Merge.Progress) throws {
        let copier = try BlockCopy(db)
        var last: Int64 = 0
        for index in 0..<shards.count {
            let shard = try open.shard(index).database
            last = max(last, try shard.integers("SELECT max(number) FROM sequences").first ?? 0)
            try copyVocabulary(from: shard)
        }
        let size = Int64(Shard.blockSize)
        for block in 0..<(last + size - 1) / size {
            let index = Int(block % Int64(shards.count))
            let numbers = block * size + 1...(block + 1) * size
            if let block = try copier.copy(numbers, from: open.shard(index), nextVector: &nextVector[index]) {
                moved[index].append(block)
            }
            guard progress(.merging, Int(copier.tokens), shards.tokens) else { throw CancellationError() }
        }
        guard copier.sequences == shards.sequences, copier.tokens == shards.tokens else {
            throw ShardError.damaged(
                path: shards.shards[0].path,
                reason: "these shards have \(copier.sequences) sequences in their places, their manifests \(shards.sequences)")
        }
    }

    /// The sums over tokens.
    private mutating func addUp() throws {
        var pairs: [Int64: (pairs: Int64, means: Int64)] = [:]
        var features = FeatureSums()
        var sums = SumTables()
        for index in 0..<shards.count {
            let shard = try open.shard(index).database
            let counted = try shard.prepare("SELECT depth, pairs, means FROM computed_pairs")
            while try counted.step() {
                let before = pairs[counted.integer(0)] ?? (0, 0)
                pairs[counted.integer(0)] = (before.pairs + counted.integer(1), before.means + counted.integer(2))
            }
            try features.add(shard)
            let moved = moved[index]
            sums.add(try SumTables(shard) { try Self.key($0, in: moved, of: shard.path) })
            if index > 0 { try addOverflows(of: shard) }
        }
        for (depth, count) in pairs.sorted(by: { $0.key < $1.key }) {
            try db.execute(
                sql: "INSERT INTO computed_pairs (run_id, depth, pairs, means) VALUES (1, ?, ?, ?)",
                arguments: [depth, count.pairs, count.means])
        }
        try features.write(db)
        var writer = try SumWriter(db, run: 1)
        try writer.write(sums)
    }

    /// The key that a shard's token has in the merged file.
    private static func key(_ key: Int64, in moved: [BlockCopy.Moved], of path: String) throws -> Int64 {
        var (low, high) = (0, moved.count)
        while low < high {
            let middle = (low + high) / 2
            if moved[middle].keys.upperBound <= key { low = middle + 1 } else { high = middle }
        }
        guard low < moved.count, moved[low].keys.contains(key) else {
            throw ShardError.damaged(path: path, reason: "its sums name a token that it does not hold")
        }
        return key + moved[low].shift
    }
}
