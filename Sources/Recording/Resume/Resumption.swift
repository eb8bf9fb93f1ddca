import Files
import GRDB

/// What `--resume`, or a shard that is asked for again, finds in the file.
enum Resumption {
    /// Nothing of this run: it begins.
    case none
    /// It goes on from here.
    case unfinished(RunState)
    /// All is done.
    case complete(RunState)

    /// Whether there is a file to look into.
    static func isPossible(path: String) -> Bool {
        (FileInfo(path)?.byteCount ?? 0) > 0
    }

    /// Looks for the newest run that is not complete and was asked for in the same way; else for one that is complete.
    ///
    /// - Throws: `resumeDiffers` when there is a run to go on with, but not as it is asked for now. The file of a shard
    ///   holds that shard and nothing else.
    static func find(_ db: Database, path: String, configuration: RunConfiguration, shard: Shard?) throws -> Resumption {
        let runs = try RunState.all(db)
        let same = runs.filter { $0.difference(from: configuration, shard: shard) == nil }
        let others = runs.filter { run in !same.contains { $0.runID == run.runID } }
        if shard != nil, let other = others.first { throw refusal(other, path, configuration, shard) }
        if let run = same.first(where: { !$0.isComplete }) { return .unfinished(run) }
        if let other = others.first(where: { !$0.isComplete }) { throw refusal(other, path, configuration, shard) }
        return same.first.map { .complete($0) } ?? .none
    }

    private static func refusal(_ run: RunState, _ path: String, _ configuration: RunConfiguration, _ shard: Shard?)
        -> RecordingError
    {
        let difference = run.difference(from: configuration, shard: shard)
        return .resumeDiffers(
            path: path, run: run.runID, what: difference?.name ?? "configuration", was: difference?.was ?? "another",
            now: difference?.now ?? "this")
    }
}
