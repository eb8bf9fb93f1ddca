import ArgumentParser
import Foundation
import Recording

/// `--shard`: which share of the input.
enum ShardOption: ExpressibleByArgument {
    case given(Shard)
    /// By the number of the Slurm array's task.
    case slurm

    init?(argument: String) {
        if argument == "slurm" { self = .slurm; return }
        guard let shard = Shard(argument) else { return nil }
        self = .given(shard)
    }

    func shard(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Shard {
        switch self {
        case .given(let shard): return shard
        case .slurm: return try Self.slurmShard(environment)
        }
    }

    /// Ids may count from 0 or 1. An array that is only a part of another, as when a failed task is submitted again, would
    /// be cut into other shards: what looks like one is refused.
    private static func slurmShard(_ environment: [String: String]) throws -> Shard {
        func number(_ name: String) -> Int? { environment["SLURM_ARRAY_TASK_\(name)"].flatMap { Int($0) } }
        guard let id = number("ID"), let count = number("COUNT") else {
            throw ValidationError(
                "--shard slurm is for tasks of a Slurm array: SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT are not set.")
        }
        let first = number("MIN") ?? 1
        guard first == 0 || first == 1, (number("MAX") ?? first + count - 1) == first + count - 1,
            let shard = Shard(index: id - first + 1, count: count)
        else {
            throw ValidationError(
                "--shard slurm needs an array of ids from 0 or 1 on without gaps; this one has \(count) from \(first). "
                    + "Give --shard i/n to record some shards of n.")
        }
        return shard
    }
}

extension Shard {
    /// `shard-03-of-12.db`: sorts as it counts.
    var defaultFile: String {
        let digits = String(index)
        return "shard-\(String(repeating: "0", count: String(count).count - digits.count))\(digits)-of-\(count).db"
    }
}
