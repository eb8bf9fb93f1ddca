import Foundation
import GRDB
import Recording
import Schema
import TestSupport
import Testing
import Transformer

/// A run that was interrupted and goes on: it ends as if nothing had happened, or says why it cannot.
@Suite struct ResumeTests {
    let directory: TemporaryDirectory
    let path: String
    let model: Model

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
        model = try Models.odd()
    }

    /// Sequences of 1 to 45 ids, where the context has 32; empty lines and other keys between.
    private static let lines: [String] = (0..<300).map { number in
        if number % 11 == 5 { return "" }
        let ids = (0..<(1 + number * 7 % (number % 29 == 3 ? 45 : 12))).map { "\((number * 13 + $0 * $0) % 97)" }
        return "{\"ids\": [\(ids.joined(separator: ", "))]\(number % 4 == 0 ? ", \"n\": \(number)" : "")}"
    }

    private func write(_ lines: [String], _ name: String = "in.jsonl") throws -> String {
        try directory.write(name, lines.map { $0 + "\n" }.joined())
    }

    private func options(_ capture: String = "all,shares,lens,attribution", batch: Int = 40) -> Recording.Options {
        var options = Recording.Options()
        options.capture = capture
        options.batchTokens = batch
        options.longText = .window
        options.resume = true
        return options
    }

    /// - Parameter stop: after how many batches.
    @discardableResult
    private func record(
        _ file: String, _ options: Recording.Options, to path: String? = nil, stop: Int = .max
    ) throws -> Recording.Summary {
        var batches = 0
        return try Recording.record(TextInput(.file(file), model: model), model: model, to: path ?? self.path, options: options) {
            _, _ in
            batches += 1
            return batches < stop
        }
    }

    @Test(arguments: [1, 2, 7]) func aRunThatStopsAgainAndAgainHasTheRowsOfOneThatDidNot(_ batches: Int) throws {
        let file = try write(Self.lines)
        let whole = directory.place("whole.db")
        let expected = try record(file, options(), to: whole)
        var parts = 0
        var summary = try record(file, options(), stop: batches)
        while !summary.isComplete {
            let before = summary
            summary = try record(file, options(), stop: batches)
            #expect(summary.earlier.sequences == before.sequences && summary.sequences > before.sequences)
            parts += 1
        }
        #expect(parts > 3)
        #expect(summary.runID == 1 && summary.tokens == expected.tokens && summary.sequences == expected.sequences)
        try expectSame(path, as: whole)
        #expect(try dump(path, "SELECT count(*), max(status) FROM runs") == ["1|\"complete\""])
    }

    @Test(arguments: ["feature", "sequence", "frozen"]) func soDoOtherNorms(_ name: String) throws {
        let file = try write(Array(Self.lines[..<60]))
        var options = options("stats,loss")
        let scales = Array(repeating: NormScheme.FrozenScale(positionZero: 2, others: 3), count: model.sites.count)
        options.scheme = name == "feature" ? .feature : name == "sequence" ? .sequence : .frozen(scales)
        let whole = directory.place("whole.db")
        try record(file, options, to: whole)
        #expect(try !record(file, options, stop: 3).isComplete)
        #expect(try record(file, options).isComplete)
        try expectSame(path, as: whole)
    }

    @Test func anEarlierPartMayHaveAllOfIt() throws {
        let file = try write(Array(Self.lines[..<20]))
        try record(file, options())
        // As if it had been killed before its last word.
        try change("UPDATE runs SET status = 'recording'")
        let summary = try record(file, options())
        #expect(summary.isComplete && !summary.wasComplete && summary.sequences == summary.earlier.sequences)
        #expect(try dump(path, "SELECT status FROM runs") == ["\"complete\""])
    }

    @Test func aCompleteRunIsLeftAsItIs() throws {
        let file = try write(Array(Self.lines[..<20]))
        try record(file, options())
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(try record(file, options()).wasComplete)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        let other = try write(Array(Self.lines[..<21]), "other.jsonl")
        #expect(throws: RecordingError.otherInput(path: path, run: 1)) { try record(other, options()) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test func withoutAskingForItARunIsAdded() throws {
        let file = try write(Array(Self.lines[..<50]))
        try record(file, options(), stop: 2)
        var options = options()
        options.resume = false
        #expect(try record(file, options).runID == 2)
        options.resume = true
        #expect(try record(file, options).runID == 1)
        #expect(try dump(path, "SELECT status FROM runs") == ["\"complete\"", "\"complete\""])
        let sums = try dump(
            path, "SELECT depth, feature, n, in_mean, in_m2, out_mean, out_m2 FROM feature_moments ORDER BY run_id, depth, feature")
        #expect(sums.prefix(sums.count / 2) == sums.suffix(sums.count / 2))
    }

    @Test func whatIsAskedForDifferentlyIsRefused() throws {
        let file = try write(Self.lines)
        try record(file, options("all,shares,lens"), stop: 3)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        func refusal(_ edit: (inout Recording.Options) -> Void) -> RecordingError? {
            var changed = options("all,shares,lens")
            edit(&changed)
            return #expect(throws: RecordingError.self) { try record(file, changed) }
        }
        func differs(_ what: String, _ was: String, _ now: String) -> RecordingError {
            .resumeDiffers(path: path, run: 1, what: what, was: was, now: now)
        }
        #expect(refusal { $0.capture = "norm" } == differs("capture", "all,shares,lens", "norm"))
        #expect(refusal { $0.batchTokens = 64 } == differs("batch-tokens", "40", "64"))
        #expect(refusal { $0.longText = .truncate } == differs("long texts", "window", "truncate"))
        #expect(refusal { $0.halfPrecision = true } == differs("vectors", "float32", "float16"))
        #expect(refusal { $0.scheme = .none } == differs("norm", "token", "none"))
        #expect(refusal { $0.answer = 3 } == differs("answer", "none", "token 3"))
        let error = #expect(throws: RecordingError.self) {
            let micro = try Models.micro()
            try Recording.record(TextInput(.file(file), model: micro), model: micro, to: path, options: options("all,shares,lens"))
        }
        guard case .resumeDiffers(path, 1, "model", _, _) = error else {
            Issue.record("another error: \(String(describing: error))"); return
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test func anInputThatChangedIsRefusedWhereItWasRecorded() throws {
        let file = try write(Self.lines)
        let recorded = try record(file, options(), stop: 6)
        #expect(!recorded.isComplete)
        let last = try #require(Int(dump(path, "SELECT max(number) FROM sequences")[0]))
        for changed in [0, 5, last - 1] {
            var lines = Self.lines
            lines[changed] = "{\"ids\": [1]}"
            let other = try write(lines, "other.jsonl")
            #expect(throws: RecordingError.inputChanged(number: last)) { try record(other, options()) }
        }
        let short = try write(Array(Self.lines[..<(last - 1)]), "short.jsonl")
        #expect(throws: RecordingError.inputChanged(number: last)) { try record(short, options()) }
        #expect(try record(file, options()).isComplete)
    }

    /// The error ends the run; what was before stays, and the mended line is where it goes on.
    @Test func aMendedLineIsWhereItGoesOn() throws {
        let whole = directory.place("whole.db")
        try record(try write(Self.lines), options(), to: whole)
        var lines = Self.lines
        lines[200] = "{\"ids\": [1, 2"
        #expect(throws: InputError.self) { try record(write(lines), options()) }
        let sequences = try #require(Int(dump(path, "SELECT max(number) FROM sequences")[0]))
        #expect(sequences > 180 && sequences < 200)
        #expect(try record(write(Self.lines), options()).isComplete)
        try expectSame(path, as: whole)
    }

    @Test func stoppingInTheLastBatchIsNoInterruption() throws {
        let file = try write(Array(Self.lines[..<9]))
        let summary = try record(file, options(batch: 10_000), stop: 1)
        #expect(summary.isComplete)
        #expect(try dump(path, "SELECT status FROM runs") == ["\"complete\""])
    }

    private func change(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.inDatabase { try $0.execute(sql: sql) }
        try queue.close()
    }
}
