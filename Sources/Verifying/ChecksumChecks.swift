import CSQLite
import Digest
import Reading
import Schema

/// The rows of each sequence against the checksums that were made of the numbers before they were written: a fault of the writer,
/// of the disk, or of another program that changed the file.
enum ChecksumChecks {
    static func run(_ database: ReadOnlyDatabase) throws -> [Tally] {
        var tally = Tally("checksums", "the rows of each sequence are those that were computed: their checksums agree")
        let reader = try FactReader(database)
        try database.rows(stored) { row in
            let (facts, number) = (row.text(1), row.integer(5))
            let sequence = FactReader.Sequence(
                id: row.integer(0), run: row.integer(6), first: row.integer(3), count: row.integer(4))
            let isSame = try reader.checksum(of: facts, in: sequence) == row.integer(2)
            tally.count(
                1, wrong: isSame ? 0 : 1,
                "run \(sequence.run), sequence \(number): its rows of \(facts) are not those that were computed")
        }
        tally.count(0, wrong: try database.number(incomplete), "sequences without all of their checksums")
        return [tally]
    }

    private static let stored = """
        SELECT c.sequence_id, c.facts, c.checksum, q.first_token, q.token_count, q.number, q.run_id
        FROM checksums c
        JOIN sequences q ON q.sequence_id = c.sequence_id
        ORDER BY c.sequence_id, c.facts
        """

    private static let incomplete = """
        WITH counted AS (
            SELECT q.run_id, q.sequence_id, count(c.facts) AS n
            FROM sequences q LEFT JOIN checksums c ON c.sequence_id = q.sequence_id
            GROUP BY q.run_id, q.sequence_id
        ),
        expected AS (
            SELECT run_id, min(sequence_id) FILTER (WHERE n > 0) AS first, max(n) AS n FROM counted GROUP BY run_id
        )
        SELECT count(*) FROM counted c JOIN expected e ON e.run_id = c.run_id WHERE c.sequence_id >= e.first AND c.n <> e.n
        """
}

/// Reads the rows of a sequence in a table, in the order of their keys.
private final class FactReader {
    struct Sequence {
        let id, run, first, count: Int64
    }

    /// The columns that a checksum is of, of tables whose rows are found by their sequence.
    private static let bySequence = [
        "sequences": "SELECT number, part, token_count, text, metadata FROM sequences WHERE sequence_id = ?1",
        "sequence_moments":
            "SELECT depth, feature, mean, variance FROM sequence_moments WHERE sequence_id = ?1 ORDER BY depth, feature",
    ]

    private let bySequence: [String: Statement]
    private let facts: [String: (table: FactTable, statement: Statement)]
    private let vectors: Statement
    /// By run and name.
    private var hooks: [Int64: [String: Int64]] = [:]

    init(_ database: ReadOnlyDatabase) throws {
        bySequence = try Self.bySequence.mapValues(database.connection.prepare)
        facts = try Dictionary(
            uniqueKeysWithValues: FactTable.all.map { table in
                // A token's sequence is a matter of the file.
                let columns = [table.keyColumn] + table.columns.filter { $0 != "sequence_id" }
                let statement = try database.connection.prepare(
                    """
                    SELECT \(columns.joined(separator: ", ")) FROM \(table.name)
                    WHERE \(table.keyColumn) BETWEEN ?1 AND ?2 ORDER BY \(table.keyColumn)
                    """)
                return (table.name, (table, statement))
            })
        vectors = try database.connection.prepare(
            "SELECT token_key, vector FROM vectors WHERE hook_id = ?3 AND token_key BETWEEN ?1 AND ?2 ORDER BY token_key")
        try database.rows("SELECT run_id, name, hook_id FROM hooks") {
            hooks[$0.integer(0), default: [:]][$0.text(1)] = $0.integer(2)
        }
    }

    /// Nil where there is no row.
    func checksum(of facts: String, in sequence: Sequence) throws -> Int64? {
        if let (table, statement) = self.facts[facts] {
            let first = table.key(token: sequence.first)
            try statement.bind(first, table.key(token: sequence.first + sequence.count) - 1)
            return try Self.checksum(statement, subtracting: first)
        }
        if let statement = bySequence[facts] {
            try statement.bind(sequence.id)
            return try Self.checksum(statement, subtracting: 0)
        }
        guard let hook = hooks[sequence.run]?[facts] else { return nil }
        try vectors.bind(sequence.first, sequence.first + sequence.count - 1, hook)
        return try Self.checksum(vectors, subtracting: sequence.first)
    }

    private static func checksum(_ statement: Statement, subtracting first: Int64) throws -> Int64? {
        var checksum = RowChecksum()
        let columns = statement.columns.indices
        try statement.forEachRow {
            for column in columns {
                switch statement.storageClass(column) {
                case SQLITE_INTEGER: checksum.add(statement.integer(column) - (column == 0 ? first : 0))
                case SQLITE_FLOAT: checksum.add(statement.double(column))
                case SQLITE_TEXT: checksum.add(try statement.checkedText(column))
                case SQLITE_BLOB: checksum.add(try statement.checkedBytes(column))
                default: checksum.addNull()
                }
            }
            checksum.endRow()
        }
        return checksum.value
    }
}
