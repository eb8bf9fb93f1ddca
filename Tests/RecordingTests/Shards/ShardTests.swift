import Foundation
import GRDB
import Recording
import TestSupport
import Testing
import Transformer

/// Shares of an input, recorded apart and merged: the file of one recording.
@Suite struct ShardTests {
    let directory: TemporaryDirectory
    let model: Model

    init() throws {
        directory = try TemporaryDirectory()
        model = try Models.odd()
    }

    /// Lines of 1 to 12 ids; some longer than the context of 32, some empty.
    private func write(_ count: Int, _ name: String = "in.jsonl") throws -> String {
        let lines = (0..<count).map { number -> String in
            if number % 13 == 5 { return "\n" }
            let ids = (0..<(1 + number * 7 % (number % 29 == 3 ? 45 : 12))).map { "\((number * 13 + $0 * $0) % 97)" }
            return "{\"ids\": [\(ids.joined(separator: ", "))]\(number % 4 == 0 ? ", \"n\": \(number)" : "")}\n"
        }
        return try directory.write(name, lines.joined())
    }

    private func options(_ capture: String = "all,shares,lens,attribution", _ shard: Shard? = nil) -> Recording.Options {
        var options = Recording.Options()
        options.capture = capture
        options.batchTokens = 60
        options.longText = .window
        options.shard = shard
        return options
    }

    private func record(_ file: String, _ options: Recording.Options, to name: String, stop: Int = .max) throws -> Recording.Summary
    {
        var batches = 0
        return try Recording.record(
            TextInput(.file(file), model: model), model: model, to: directory.place(name), options: options
        ) { _, _ in
            batches += 1
            return batches < stop
        }
    }

    /// Records all shards; their names, in order.
    private func recordAll(_ file: String, _ count: Int, _ edit: (inout Recording.Options) -> Void = { _ in }) throws -> [String] {
        try (1...count).map { index in
            var options = options("all,shares,lens,attribution", Shard(index: index, count: count))
            edit(&options)
            let name = "s\(index).db"
            let isComplete = try record(file, options, to: name).isComplete
            #expect(isComplete)
            return directory.place(name)
        }
    }

    /// What is added up.
    private static let sums: Set = ["feature_moments", "statistic_sums", "largest_feature_sums", "scale_comoments"]

    /// Keys, counts, extremes and their tokens are the same; means and deviations agree to 1e-12 of the statistic's own size.
    private func expectSameSums(_ path: String, as whole: String) throws {
        func rows(_ path: String, _ sql: String) throws -> [Row] { try Recorded.open(path).read { try Row.fetchAll($0, sql: sql) } }
        let statistics = """
            SELECT facts || place || ' ' || head || positions || statistic || n || ' ' || minimum_token || ' ' || maximum_token AS key,
                   minimum, maximum, mean, m2, n
            FROM statistic_sums ORDER BY facts, place, head, positions, statistic
            """
        let (merged, wanted) = try (rows(path, statistics), rows(whole, statistics))
        #expect(merged.count == wanted.count && !merged.isEmpty)
        var worst = 0.0
        for (a, b) in zip(merged, wanted) {
            for column in ["minimum", "maximum"] { #expect(a[column] as Double == b[column]) }
            #expect(a["key"] as String == b["key"])
            let (n, mean, m2): (Double, Double, Double) = (b["n"], b["mean"], b["m2"])
            let size = max(abs(mean), (m2 / n).squareRoot(), .leastNormalMagnitude)
            // A mean that is off by a last bit moves the deviations of values that are nearly the same: 2^-50 of the mean is allowed.
            let offByABit = n * abs(mean) * ((m2 / n).squareRoot() + abs(mean) * 0x1p-50) * 0x1p-50
            worst = max(worst, abs((a["mean"] as Double) - mean) / size)
            #expect(abs((a["m2"] as Double) - m2) <= 1e-12 * m2 + offByABit, "\(a)")
        }
        #expect(worst <= 1e-12)
        for sql in [
            "SELECT depth * 100000 + feature AS key, tokens * 1000 + at_position_0 AS n, abs_sum AS x, sigma_sum AS y FROM largest_feature_sums ORDER BY depth, feature",
            "SELECT depth * 100000 + other_depth AS key, n, mean AS x, comoment AS y FROM scale_comoments ORDER BY depth, other_depth",
        ] {
            let (merged, wanted) = try (rows(path, sql), rows(whole, sql))
            #expect(merged.count == wanted.count && !merged.isEmpty)
            for (a, b) in zip(merged, wanted) {
                #expect(a["key"] as Int == b["key"] && a["n"] as Int == b["n"])
                for column in ["x", "y"] {
                    #expect(abs((a[column] as Double) - b[column]) <= 1e-12 * max(1, abs(b[column] as Double)))
                }
            }
        }
    }

    /// Sums over tokens agree to 1e-12 of the feature's own spread, everything else to the bit.
    private func expectMerged(_ path: String, as whole: String) throws {
        try expectSame(path, as: whole, except: Self.sums)
        try expectSameSums(path, as: whole)
        let columns = ["in_mean", "in_m2", "normalized_mean", "normalized_m2", "out_mean", "out_m2"]
        let sql = "SELECT depth, feature, n, \(columns.joined(separator: ", ")) FROM feature_moments ORDER BY depth, feature"
        let (merged, wanted) = try (
            Recorded.open(path).read { try Row.fetchAll($0, sql: sql) },
            Recorded.open(whole).read { try Row.fetchAll($0, sql: sql) }
        )
        #expect(merged.count == wanted.count && !merged.isEmpty)
        var worst = 0.0
        for (a, b) in zip(merged, wanted) {
            #expect(a["depth"] as Int == b["depth"] && a["feature"] as Int == b["feature"] && a["n"] as Int == b["n"])
            let n: Double = b["n"]
            for stage in ["in", "normalized", "out"] {
                let (m2, mean): (Double, Double) = (b["\(stage)_m2"], b["\(stage)_mean"])
                let scale = max(abs(mean), (m2 / n).squareRoot())
                worst = max(worst, abs((a["\(stage)_mean"] as Double) - mean) / scale, abs((a["\(stage)_m2"] as Double) - m2) / m2)
            }
        }
        #expect(worst <= 1e-12)
    }

    @Test(arguments: [1, 2, 7, 40]) func shardsInAnyOrderMergeIntoTheFileOfOneRecording(_ count: Int) throws {
        let file = try write(700)
        let whole = directory.place("whole.db")
        let expected = try record(file, options(), to: "whole.db")
        let paths = try recordAll(file, count)
        let merged = directory.place("all.db")
        let summary = try Merge.run(paths.shuffled(), to: merged)
        #expect(summary.shards == count && summary.sequences == expected.sequences && summary.tokens == expected.tokens)
        try expectMerged(merged, as: whole)
        #expect(try dump(merged, "PRAGMA integrity_check") == ["\"ok\""])
        #expect(try dump(merged, "PRAGMA foreign_key_check").isEmpty)
        #expect(try dump(merged, "PRAGMA journal_mode") == ["\"delete\""])
        #expect(try wholeSequences(merged) == expected.sequences)
        #expect(try !directory.names().contains { $0.contains("incomplete") || $0.hasSuffix("-recorder") })
        // The same shards give the same run.
        let again = directory.place("again.db")
        _ = try Merge.run(paths, to: again)
        #expect(try dump(merged, "SELECT * FROM runs") == dump(again, "SELECT * FROM runs"))
    }

    /// From the first start to the last end, on all hosts, with an identity of its own (RFC 9562, version 8).
    @Test func theMergedRunSaysWhenAndWhereItsShardsWere() throws {
        let file = try write(500)
        let paths = try recordAll(file, 3)
        let circumstances = [
            ("2026-01-02T00:00:00Z", "2026-01-05T00:00:00Z", 1.5, "b"), ("2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", 2.25, "a"),
            ("2026-01-01T00:00:00Z", "2026-01-03T12:00:00Z", 4.0, "b"),
        ]
        for (path, (started, finished, seconds, host)) in zip(paths, circumstances) {
            try DatabaseQueue(path: path).write { db in
                try db.execute(
                    sql: "UPDATE runs SET started_at = ?, finished_at = ?, seconds = ?, host = ?",
                    arguments: [started, finished, seconds, host])
            }
            try FileManager.default.removeItem(atPath: path + ".manifest.json")
        }
        // The manifests are made anew.
        #expect(try recordAll(file, 3) == paths)
        let merged = directory.place("all.db")
        _ = try Merge.run(paths, to: merged)
        #expect(
            try dump(merged, "SELECT started_at, finished_at, seconds = 7.75, host, shard IS NULL, shards IS NULL FROM runs")
                == ["\"2026-01-01T00:00:00Z\"|\"2026-01-05T00:00:00Z\"|1|\"b,a\"|1|1"])
        let uuid = try #require(Recorded.open(merged).read { try String.fetchOne($0, sql: "SELECT uuid FROM runs") })
        #expect(
            try uuid.wholeMatch(of: Regex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")) != nil, "\(uuid)")
    }

    @Test func aShardIsResumedAndThenLeftAsItIs() throws {
        let file = try write(500)
        let whole = directory.place("whole.db")
        _ = try record(file, options(), to: "whole.db")
        let second = options("all,shares,lens,attribution", Shard(index: 2, count: 3))
        #expect(try !record(file, second, to: "s2.db", stop: 2).isComplete)
        #expect(try !directory.names().contains("s2.db.manifest.json"))
        let paths = [1, 3].map { directory.place("s\($0).db") }
        for index in [3, 1] {
            #expect(
                try record(file, options("all,shares,lens,attribution", Shard(index: index, count: 3)), to: "s\(index).db")
                    .isComplete)
        }
        #expect(throws: ShardError.noManifest(path: directory.place("s2.db"))) {
            try Merge.run(paths + [directory.place("s2.db")], to: directory.place("all.db"))
        }
        let resumed = try record(file, second, to: "s2.db")
        #expect(resumed.isComplete && resumed.earlier.sequences > 0 && resumed.earlier.sequences < resumed.sequences)
        let manifest = try Data(contentsOf: URL(fileURLWithPath: directory.place("s2.db.manifest.json")))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: directory.place("s2.db")))
        #expect(try record(file, second, to: "s2.db").wasComplete)
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.place("s2.db"))) == bytes)
        // A manifest that got lost is made again, the same.
        try FileManager.default.removeItem(atPath: directory.place("s2.db.manifest.json"))
        #expect(try record(file, second, to: "s2.db").wasComplete)
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.place("s2.db.manifest.json"))) == manifest)
        _ = try Merge.run(paths + [directory.place("s2.db")], to: directory.place("all.db"))
        try expectMerged(directory.place("all.db"), as: whole)
    }

    @Test(arguments: ["feature", "sequence", "none"]) func soDoOtherNorms(_ name: String) throws {
        let file = try write(300)
        let scheme: NormScheme = name == "feature" ? .feature : name == "sequence" ? .sequence : .none
        var whole = options("stats,loss")
        whole.scheme = scheme
        _ = try record(file, whole, to: "whole.db")
        let paths = try recordAll(file, 2) { ($0.scheme, $0.capture) = (scheme, "stats,loss") }
        _ = try Merge.run(paths, to: directory.place("all.db"))
        try expectSame(directory.place("all.db"), as: directory.place("whole.db"), except: Self.sums)
    }

    @Test func aShareWithoutASequenceIsComplete() throws {
        let file = try write(20)
        let paths = try recordAll(file, 3)
        #expect(try dump(paths[2], "SELECT status, sequences FROM runs") == ["\"complete\"|0"])
        _ = try record(file, options(), to: "whole.db")
        _ = try Merge.run(paths, to: directory.place("all.db"))
        try expectMerged(directory.place("all.db"), as: directory.place("whole.db"))
        let empty = try directory.write("empty.jsonl", "")
        #expect(throws: RecordingError.nothingToRecord(input: empty)) {
            try record(empty, options("stats", Shard(index: 1, count: 3)), to: "e1.db")
        }
    }

    @Test func whatIsNotOneRecordingDoesNotMerge() throws {
        let (file, other) = (try write(400), try write(401, "other.jsonl"))
        let paths = try recordAll(file, 3)
        let output = directory.place("all.db")
        func refusal(_ paths: [String]) -> ShardError? { #expect(throws: ShardError.self) { _ = try Merge.run(paths, to: output) } }
        #expect(refusal([paths[0], paths[2]]) == .missing(shards: [2], count: 3))
        #expect(refusal(paths + [paths[1]]) == .doubled(shard: 2, path: paths[1], other: paths[1]))
        let second = Shard(index: 2, count: 3)
        _ = try record(file, options("stats", second), to: "capture.db")
        #expect(
            refusal([paths[0], directory.place("capture.db"), paths[2]])
                == .differs(
                    path: directory.place("capture.db"), from: paths[0], what: "capture", was: "all,shares,lens,attribution",
                    now: "stats"))
        _ = try record(other, options("all,shares,lens,attribution", second), to: "input.db")
        guard case .differs(_, _, "sha256 of the input", _, _) = refusal([paths[0], directory.place("input.db"), paths[2]]) else {
            Issue.record("another input was taken"); return
        }
        _ = try record(file, options("all,shares,lens,attribution", Shard(index: 2, count: 4)), to: "count.db")
        guard case .differs(_, _, "number of shards", "3", "4") = refusal([paths[0], directory.place("count.db"), paths[2]]) else {
            Issue.record("another number of shards was taken"); return
        }
        let micro = try Models.micro()
        try Recording.record(
            TextInput(.file(file), model: micro), model: micro, to: directory.place("model.db"),
            options: options("all,shares,lens,attribution", second))
        guard case .differs(_, _, "model", _, _) = refusal([paths[0], directory.place("model.db"), paths[2]]) else {
            Issue.record("another model was taken"); return
        }
        #expect(!FileManager.default.fileExists(atPath: output))
        _ = try directory.write("all.db", "mine")
        #expect(refusal(paths) == .outputExists(path: output))
        #expect(try String(contentsOfFile: output, encoding: .utf8) == "mine")
    }

    @Test func aShardThatChangedSinceIsRefused() throws {
        let paths = try recordAll(write(300), 2)
        let handle = try #require(FileHandle(forUpdatingAtPath: paths[1]))
        try handle.seek(toOffset: 40_000)
        let byte = try #require(handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: 40_000)
        try handle.write(contentsOf: [byte ^ 1])
        try handle.close()
        let output = directory.place("all.db")
        #expect(throws: ShardError.changed(path: paths[1])) { try Merge.run(paths, to: output) }
        _ = try directory.write("s2.db.manifest.json", "{}")
        #expect(throws: ShardError.badManifest(path: paths[1] + ".manifest.json")) { try Merge.run(paths, to: output) }
        #expect(!FileManager.default.fileExists(atPath: output))
    }

    @Test func theFileOfAShardIsForThatShardAlone() throws {
        let file = try write(300)
        _ = try record(file, options("stats", Shard(index: 1, count: 2)), to: "s.db")
        let path = directory.place("s.db")
        #expect(throws: RecordingError.resumeDiffers(path: path, run: 1, what: "shard", was: "1/2", now: "2/2")) {
            try record(file, options("stats", Shard(index: 2, count: 2)), to: "s.db")
        }
        #expect(throws: RecordingError.otherInput(path: path, run: 1)) {
            try record(write(301, "other.jsonl"), options("stats", Shard(index: 1, count: 2)), to: "s.db")
        }
    }

    @Test(arguments: [
        ("1/1", true), ("7/7", true), ("0/7", false), ("8/7", false), ("3", false), ("a/b", false), ("1/2/3", false),
        ("-1/2", false), ("/", false),
    ])
    func sharesAreCountedFromOne(_ text: String, _ isOne: Bool) {
        #expect((Shard(text) != nil) == isOne)
    }
}
