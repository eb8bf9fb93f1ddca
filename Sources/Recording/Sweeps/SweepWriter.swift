import Foundation
import GRDB
import Transformer

extension Sweep {
    /// What was asked, for the row of the sweep.
    public struct Description: Sendable {
        /// The text, or where the texts came from; of a patch the corrupt text.
        public var input: String
        /// Of a patch: the clean text, and the tokens that were held against each other.
        public var clean: String?
        public var answer: String?
        public var against: String?
        /// Of a patch: the tokens of both texts, to show.
        public var tokens: [String] = []
        public var cleanTokens: [String] = []
        /// How long the passes took.
        public var seconds = 0.0

        public init(input: String) { self.input = input }
    }

    /// Adds the sweep to a recording, which is made where there is none. Returns its id.
    @discardableResult
    public func write(to path: String, model: Model, _ description: Description) throws -> Int64 {
        let file = try RecordingFile(path: path)
        defer { file.close() }
        do {
            return try file.queue.inDatabase { db in
                var id: Int64 = 0
                try db.inTransaction(.immediate) {
                    id = try insert(db, modelID: ModelWriter(db: db).write(model), description)
                    return .commit
                }
                return id
            }
        } catch let error as DatabaseError { throw file.describe(error) }
    }

    private func insert(_ db: Database, modelID: Int64, _ d: Description) throws -> Int64 {
        try db.execute(
            sql: """
                INSERT INTO sweeps (model_id, kind, made_at, input, clean, answer, against, tokens, logit_difference, probability,
                    clean_logit_difference, clean_probability, loss, seconds, version)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                modelID, kind.rawValue, Date().formatted(.iso8601), d.input, d.clean, d.answer, d.against, tokens,
                base.logitDifference, base.probability, clean?.logitDifference, clean?.probability, base.loss, d.seconds,
                RecordingVersion.current,
            ])
        let id = db.lastInsertedRowID
        for (number, cell) in cells.enumerated() {
            func token(_ tokens: [String]) -> String? { cell.position.flatMap { tokens.indices.contains($0) ? tokens[$0] : nil } }
            try db.execute(
                sql: """
                    INSERT INTO sweep_cells (sweep_id, number, hook, layer, head, position, token, clean_token, logit_difference,
                        probability, loss)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, number + 1, cell.point.description, cell.point.layer, cell.head, cell.position, token(d.tokens),
                    token(d.cleanTokens), cell.measure.logitDifference, cell.measure.probability, cell.measure.loss,
                ])
        }
        return id
    }
}
