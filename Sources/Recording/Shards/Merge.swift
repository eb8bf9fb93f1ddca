import Foundation
import GRDB

/// Makes one recording of shards: the file that one machine would have made of all of the input.
public struct Merge {
    public struct Summary: Sendable, Equatable {
        public var shards = 0
        public var sequences = 0
        public var tokens = 0
    }

    /// Called with what is going on, and how much of it is done: bytes checked, then tokens merged. Returns false to stop.
    public typealias Progress = (_ step: Step, _ done: Int, _ total: Int) -> Bool

    public enum Step: String, Sendable {
        case checking, merging
    }

    /// Merges the shards at `paths`, given in any order, into a new file at `output`, in memory that does not grow with them.
    ///
    /// Rows are those of a single recording, ids included. Statistics of features are added up in the order of the shards
    /// (Chan, Golub and LeVeque's parallel variance), so that they agree with a single recording's but for rounding.
    /// - Throws: `ShardError`, and nothing is at `output` then; `CancellationError` when `progress` stopped it.
    public static func run(_ paths: [String], to output: String, progress: Progress = { _, _, _ in true }) throws -> Summary {
        if FileManager.default.fileExists(atPath: output) { throw ShardError.outputExists(path: output) }
        let shards = try ShardSet(paths) { progress(.checking, $0, $1) }
        guard shards.sequences > 0 else { throw RecordingError.nothingToRecord(input: "every shard") }
        let temporary = output + ".incomplete-\(ProcessInfo.processInfo.processIdentifier)"
        // Left by a process that had the same id.
        try? FileManager.default.removeItem(atPath: temporary)
        defer {
            for name in [temporary, temporary + "-journal"] { try? FileManager.default.removeItem(atPath: name) }
        }
        do {
            let file = try RecordingFile(path: temporary)
            defer { file.close() }
            try file.queue.inDatabase { db in
                // A merge that fails is thrown away: nothing has to be undone.
                try db.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF")
                try db.inTransaction(.immediate) {
                    var merger = Merger(db, shards)
                    try merger.run(progress)
                    return .commit
                }
            }
        } catch let error as DatabaseError {
            throw RecordingFile.describe(error, path: output)
        }
        try settle(temporary, as: output)
        return Summary(shards: shards.count, sequences: shards.sequences, tokens: shards.tokens)
    }

    /// The file is whole, and on the disk: it takes its name, unless another took it meanwhile.
    private static func settle(_ temporary: String, as output: String) throws {
        func fail() -> ShardError { .cannotWrite(path: output, reason: String(cString: strerror(errno))) }
        let descriptor = open(temporary, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fail() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw fail() }
        guard link(temporary, output) == 0 else {
            if errno == EEXIST { throw ShardError.outputExists(path: output) }
            // A file system without hard links.
            guard rename(temporary, output) == 0 else { throw fail() }
            return
        }
    }
}
