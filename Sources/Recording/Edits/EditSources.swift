import Foundation
import GRDB
import Transformer

/// The vectors that edits put in or add, read before a run begins and held until it ends.
struct EditSources {
    /// What a run kept at one hook point: every token's values, sequence after sequence.
    struct Kept: Sendable {
        struct Sequence: Sendable {
            let tokens: [Int32]
            let rows: [[Float]]
        }

        /// By number and part.
        var sequences: [Key: Sequence] = [:]
    }

    struct Key: Hashable, Sendable {
        let number: Int
        let part: Int
    }

    /// By run, then by hook point.
    private(set) var kept: [Int64: [HookPoint: Kept]] = [:]
    private(set) var files: [String: [Float]] = [:]

    init() {}

    /// Reads NumPy files, and from a recording what its runs kept at the plan's hook points.
    init(_ plan: EditPlan, _ db: Database, path: String, model: Model) throws {
        for step in plan.steps {
            if case .file(let file)? = step.edit.vector, files[file] == nil { files[file] = try NumPyVector.read(file) }
            guard let run = step.edit.sourceRun, kept[run]?[step.point] == nil else { continue }
            try check(run, step.edit, db, path: path, model: model)
            kept[run, default: [:]][step.point] = try Self.read(run, step, db)
        }
    }

    private func check(_ run: Int64, _ edit: Edit, _ db: Database, path: String, model: Model) throws {
        let row = try Row.fetchOne(
            db, sql: "SELECT r.status, d.fingerprint FROM runs r JOIN models d ON d.model_id = r.model_id WHERE r.run_id = ?",
            arguments: [run])
        guard let row else { throw EditError.noRun(text: edit.text, run: run, path: path) }
        guard row["status"] == "complete" else {
            throw EditError.runNotUsable(text: edit.text, run: run, reason: "is not complete")
        }
        guard row["fingerprint"] == model.fingerprint() else {
            throw EditError.runNotUsable(text: edit.text, run: run, reason: "is of another model")
        }
    }

    private static func read(_ run: Int64, _ step: EditPlan.Step, _ db: Database) throws -> Kept {
        let hook = try Int64.fetchOne(
            db, sql: "SELECT hook_id FROM hooks WHERE run_id = ? AND name = ? AND dtype = 'float32'",
            arguments: [run, step.point.description])
        guard let hook else { throw EditError.notKept(text: step.edit.text, run: run, hook: step.point.description) }
        var kept = Kept()
        let sequences = try Row.fetchAll(
            db, sql: "SELECT number, part, first_token, token_count FROM sequences WHERE run_id = ?", arguments: [run])
        for sequence in sequences {
            let (first, count): (Int64, Int64) = (sequence["first_token"], sequence["token_count"])
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT t.token_id, v.vector FROM tokens t JOIN vectors v ON v.hook_id = ? AND v.token_key = t.token_key
                    WHERE t.token_key BETWEEN ? AND ? ORDER BY t.token_key
                    """, arguments: [hook, first, first + count - 1])
            guard rows.count == count else {
                throw EditError.notKept(text: step.edit.text, run: run, hook: step.point.description)
            }
            kept.sequences[Key(number: sequence["number"], part: sequence["part"])] = .init(
                tokens: rows.map { $0["token_id"] }, rows: rows.map { floats($0["vector"]) })
        }
        return kept
    }

    private static func floats(_ data: Data) -> [Float] {
        data.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count / 4 * 4, by: 4).map {
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
            }
        }
    }
}

extension Edit {
    /// Whether each token takes what a run kept for that token.
    var takesOwn: Bool { if case .run(_, nil)? = vector { true } else { false } }

    /// The vector of its value, where it has one.
    var vector: Vector? {
        switch value {
        case .number: nil
        case .vector(_, let vector), .projection(let vector): vector
        }
    }
}
