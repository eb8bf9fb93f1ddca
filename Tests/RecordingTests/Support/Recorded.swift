import Foundation
import GRDB
import Recording
import TestSupport
import Transformer

/// A recording made for one test, and a connection to look into it.
struct Recorded {
    let directory: TemporaryDirectory
    let path: String
    let summary: Recording.Summary
    let database: DatabaseQueue

    /// Records `source` into a new file.
    init(
        _ source: TextInput.Source, model: Model, capture: String = "stats",
        _ edit: (inout Recording.Options) -> Void = { _ in }
    ) throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
        var options = Recording.Options()
        options.capture = capture
        edit(&options)
        summary = try Recording.record(TextInput(source, model: model), model: model, to: path, options: options)
        database = try Self.open(path)
    }

    /// A connection that reads only.
    static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)  // as Python's sqlite3 waits for a commit
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try database.read { try Row.fetchAll($0, sql: sql, arguments: arguments) }
    }

    func value<Value: DatabaseValueConvertible>(_ sql: String, _ arguments: StatementArguments = []) throws -> Value? {
        try database.read { try Value.fetchOne($0, sql: sql, arguments: arguments) }
    }

    func values<Value: DatabaseValueConvertible>(_ sql: String, _ arguments: StatementArguments = []) throws -> [Value] {
        try database.read { try Value.fetchAll($0, sql: sql, arguments: arguments) }
    }

    /// The captured vectors of a hook point in the order of the tokens, all runs of the file together.
    func vectors(_ hook: String) throws -> [[Float]] {
        try rows("SELECT vector FROM activation_vectors WHERE hook = ? ORDER BY run_id, sequence_id, position", [hook])
            .map { floats($0["vector"]) }
    }
}

/// Little-endian float32.
func floats(_ data: Data) -> [Float] {
    data.withUnsafeBytes { raw in
        stride(from: 0, to: raw.count, by: 4).map {
            Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
        }
    }
}

/// Every row of a table, as text in which different values look different.
func dump(_ path: String, _ sql: String) throws -> [String] {
    try Recorded.open(path).read { db in
        try Row.fetchAll(db, sql: sql).map { row in
            row.databaseValues.map { value -> String in
                switch value.storage {
                case .double(let number): "\(number.bitPattern)"
                case .blob(let data): data.base64EncodedString()
                default: value.description
                }
            }.joined(separator: "|")
        }
    }
}
