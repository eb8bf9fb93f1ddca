import Foundation
import GRDB
import TestSupport
import Testing

/// Shards and their merge from the outside: names of files, Slurm's variables, a shard killed for real.
@Suite struct ShardCommandTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func write(_ count: Int) throws -> String {
        let lines = (1...count).map { "Line \($0) said that hatred was ok\(String(repeating: ", and so on", count: $0 % 9)).\n" }
        // More empty lines than a pipe and the reader's buffer hold: once they are taken, the lines before are.
        return try directory.write("in.txt", lines.joined() + String(repeating: "\n", count: 300_000))
    }

    private func slurm(_ id: Int, _ first: Int, _ last: Int, count: Int? = nil) -> [String: String] {
        [
            "SLURM_ARRAY_TASK_ID": "\(id)", "SLURM_ARRAY_TASK_MIN": "\(first)", "SLURM_ARRAY_TASK_MAX": "\(last)",
            "SLURM_ARRAY_TASK_COUNT": "\(count ?? last - first + 1)",
        ]
    }

    private func run(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Outcome {
        try RunningProgram(Executable.path(), arguments, environment: environment, directory: directory.path).wait()
    }

    private func committed(_ path: String) throws -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration).read {
            try Int.fetchOne($0, sql: "SELECT sum(sequences) FROM runs") ?? 0
        }
    }

    @Test func aShardThatIsKilledAndResumedMergesAsIfItHadNotBeen() throws {
        let input = try write(600)
        let arguments = ["record", "--file", "in.txt", "-c", "norm-stats", "--batch-tokens", "256", "-q"]
        #expect(try run(arguments + ["-o", "whole.db"]).code == 0)
        for index in [3, 1] {
            let outcome = try run(arguments + ["--shard", "\(index)/3"])
            #expect(outcome.code == 0, "\(outcome.stderr)")
        }
        // It waits for the end of its input when it has committed the first batch.
        let killed = try RunningProgram(
            Executable.path(), arguments.map { $0 == "in.txt" ? "-" : $0 } + ["--shard", "2/3"], directory: directory.path)
        killed.feed(try String(contentsOfFile: input, encoding: .utf8))
        let path = directory.place("shard-2-of-3.db")
        try wait(for: "the first commit") { (try? committed(path)) ?? 0 > 0 }
        killed.send(signal: SIGKILL)
        #expect(killed.wait().signal == SIGKILL)
        let names = (1...3).map { "shard-\($0)-of-3.db" }
        let early = try run(["merge", "-o", "all.db"] + names)
        #expect(early.code == 1 && early.stderr.contains("shard-2-of-3.db has no manifest beside it"), "\(early.stderr)")
        let resumed = try run(arguments.filter { $0 != "-q" } + ["--shard", "2/3"])
        #expect(resumed.code == 0 && resumed.stderr.contains(" of them before; "), "\(resumed.stderr)")
        let skipped = try run(arguments.filter { $0 != "-q" } + ["--shard", "2/3"])
        #expect(skipped.code == 0 && skipped.stderr.contains("is complete: "), "\(skipped.stderr)")
        let merged = try run(["merge", "-o", "all.db"] + names)
        #expect(merged.code == 0, "\(merged.stderr)")
        #expect(merged.stderr.wholeMatch(of: /actrec: all\.db: 3 shards, 600 sequences, \d+ tokens\n/) != nil)
        let tables = ["sequences", "tokens", "vocabulary", "site_moments", "computed_pairs", "hooks", "sites", "norm_parameters"]
        let queue = try DatabaseQueue(path: directory.place("all.db"))
        try queue.inDatabase { db in
            try db.execute(sql: "ATTACH ? AS whole", arguments: [directory.place("whole.db")])
            for table in tables {
                for sql in [
                    "SELECT * FROM main.\(table) EXCEPT SELECT * FROM whole.\(table)",
                    "SELECT * FROM whole.\(table) EXCEPT SELECT * FROM main.\(table)",
                ] {
                    #expect(try Row.fetchAll(db, sql: sql).isEmpty, "\(table)")
                }
            }
        }
        #expect(try run(["verify", "all.db"]).code == 0)
    }

    @Test(arguments: [(0, 0), (1, 1)]) func aSlurmArrayCountsFromZeroOrOne(_ id: Int, _ first: Int) throws {
        _ = try write(40)
        let outcome = try run(["record", "--file", "in.txt", "--shard", "slurm"], slurm(id, first, first + 11))
        #expect(outcome.code == 0, "\(outcome.stderr)")
        #expect(try directory.names() == ["in.txt", "shard-01-of-12.db", "shard-01-of-12.db.manifest.json"])
    }

    /// A task submitted again by itself is an array of one: it must not record everything, nor another share.
    @Test(arguments: [(3, 3, 3, 1), (2, 2, 4, 3), (5, 1, 9, 3)])
    func aPartOfAnArrayIsRefused(_ id: Int, _ first: Int, _ last: Int, _ count: Int) throws {
        _ = try write(40)
        let outcome = try run(["record", "--file", "in.txt", "--shard", "slurm"], slurm(id, first, last, count: count))
        #expect(
            outcome.code == 64 && outcome.stderr.contains("--shard slurm needs an array of ids from 0 or 1"), "\(outcome.stderr)")
        #expect(try directory.names() == ["in.txt"])
    }

    @Test func withoutBeingAskedForNothingIsCut() throws {
        _ = try write(300)
        #expect(try run(["record", "--file", "in.txt", "-q"], slurm(2, 1, 7)).code == 0)
        let outcome = try run(["sql", "run.db", "SELECT sequences, shard FROM runs", "--format", "csv"])
        #expect(outcome.stdout == "sequences,shard\r\n300,\r\n" || outcome.stdout == "sequences,shard\n300,\n", "\(outcome.stdout)")
        #expect(try run(["record", "--file", "in.txt", "--shard", "slurm"]).code == 64)
    }
}
