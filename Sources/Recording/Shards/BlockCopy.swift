import GRDB
import Schema

/// Copies the rows of one block of sequences from a shard into the merged file, with the ids that they get there.
///
/// A block's tokens have keys in a row, and so have the rows made of them: each table is one range of a shard's file, read in
/// the order in which it was recorded.
final class BlockCopy {
    /// How a table's rows are found and renumbered. In the SQL, ?1 is added to keys of tokens and ?2 to ids of sequences; ?3 to
    /// ?4 - 1 are the block's keys of tokens, ?5 to ?6 its ids of sequences.
    private struct Plan {
        let table: String
        let key: String
        let range: String
        /// What stands in place of a column.
        let columns: [String: String]

        init(table: String, key: String, range: String, columns: [String: String]) {
            (self.table, self.key, self.range, self.columns) = (table, key, range, columns)
        }

        init(_ facts: FactTable) {
            (table, key) = (facts.name, facts.keyColumn)
            range = facts.rows(table, ofTokensFrom: "?3", through: "(?4 - 1)")
            columns = [key: "\(key) + ?1 * \(facts.keysPerToken)", "sequence_id": "sequence_id + ?2"]
        }
    }

    private static let plans: [Plan] =
        [
            Plan(
                table: "sequences", key: "sequence_id", range: "sequence_id BETWEEN ?5 AND ?6",
                columns: ["sequence_id": "sequence_id + ?2", "first_token": "first_token + ?1"])
        ] + FactTable.all.map(Plan.init) + [
            Plan(
                table: "checksums", key: "sequence_id, facts", range: "sequence_id BETWEEN ?5 AND ?6",
                columns: ["sequence_id": "sequence_id + ?2"]),
            Plan(
                table: "sequence_moments", key: "sequence_id, depth, feature", range: "sequence_id BETWEEN ?5 AND ?6",
                columns: ["sequence_id": "sequence_id + ?2"]),
        ]

    private var inserts: [InsertStatement] = []
    private var selects: [String] = []
    private var vectorInsert: InsertStatement
    private let vectorSelect: String
    /// Of the merged file so far.
    private(set) var sequences: Int64 = 0
    private(set) var tokens: Int64 = 0

    init(_ db: Database) throws {
        for plan in Self.plans {
            let columns = try db.columns(in: plan.table).map(\.name)
            let values = columns.map { plan.columns[$0] ?? $0 }.joined(separator: ", ")
            selects.append("SELECT \(values) FROM \(plan.table) WHERE \(plan.range) ORDER BY \(plan.key)")
            inserts.append(try InsertStatement(db, into: plan.table, columns: columns))
        }
        // Ids of vectors count on by themselves.
        let columns = try db.columns(in: "vectors").map(\.name).filter { $0 != "vector_id" }
        vectorSelect =
            "SELECT vector_id, token_key, \(columns.map { $0 == "token_key" ? "token_key + ?1" : $0 }.joined(separator: ", ")) "
            + "FROM vectors WHERE vector_id >= ?2 ORDER BY vector_id"
        vectorInsert = try InsertStatement(db, into: "vectors", columns: columns)
    }

    /// Where the tokens of a block went: their keys in the shard, and what was added to them.
    struct Moved {
        let keys: Range<Int64>
        let shift: Int64
    }

    /// Copies the sequences with these numbers. `nextVector` is the first of the shard's vectors that was not copied yet.
    func copy(_ numbers: ClosedRange<Int64>, from shard: OpenShard, nextVector: inout Int64) throws -> Moved? {
        shard.block.bind([numbers.lowerBound, numbers.upperBound])
        guard try shard.block.step(), shard.block.integer(0) > 0 else {
            shard.block.reset()
            return nil
        }
        let values = (0..<6).map { shard.block.integer($0) }
        shard.block.reset()
        let (count, tokenCount, first, end) = (values[0], values[1], values[2], values[3])
        let (firstSequence, lastSequence) = (values[4], values[5])
        guard end - first == tokenCount, lastSequence - firstSequence + 1 == count else {
            throw ShardError.damaged(
                path: shard.path, reason: "sequences \(numbers.lowerBound) to \(numbers.upperBound) do not lie in a row")
        }
        let (keyShift, sequenceShift) = (tokens + 1 - first, sequences + 1 - firstSequence)
        for index in Self.plans.indices {
            let select = try shard.statement(index, selects[index])
            select.bind([keyShift, sequenceShift, first, end, firstSequence, lastSequence])
            let columns = select.columnCount
            while try select.step() {
                for column in 0..<columns { inserts[index].bind(value: select.value(column)) }
                try inserts[index].insert()
            }
            select.reset()
        }
        let select = try shard.statement(Self.plans.count, vectorSelect)
        select.bind([keyShift, nextVector])
        while try select.step() {
            nextVector = select.integer(0)
            if select.integer(1) >= end { break }
            for column in 2..<select.columnCount { vectorInsert.bind(value: select.value(column)) }
            try vectorInsert.insert()
            nextVector += 1
        }
        select.reset()
        sequences += count
        tokens += tokenCount
        return Moved(keys: first..<end, shift: keyShift)
    }
}
