import Foundation
import GRDB
import Recording
import TestSupport
import Testing
import Transformer

/// Edited runs: what they write, what they say of it, and what is refused.
@Suite struct EditRunTests {
    let directory: TemporaryDirectory
    var path: String { directory.place("run.db") }
    static let ids = ["5 9 3 7 11 8", "20", "4 4 9"]

    init() throws { directory = try TemporaryDirectory() }

    /// Records run after run into one file: the vectors of every hook point.
    @discardableResult
    private func record(
        _ model: Model, _ edits: [String] = [], ids: [String] = ids, _ change: (inout Recording.Options) -> Void = { _ in }
    ) throws -> Recording.Summary {
        var options = Recording.Options()
        options.capture = model.hookPoints.contains(.logits) ? "all,logits" : "all"
        for edit in edits { options.edits.append(try Edit(edit)) }
        change(&options)
        return try Recording.record(TextInput(.tokenIDs(ids), model: model), model: model, to: path, options: options)
    }

    private func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try Recorded.open(path).read { try Row.fetchAll($0, sql: sql, arguments: arguments) }
    }

    /// The vectors of a run at a hook point, token after token.
    private func vectors(_ run: Int, _ hook: String) throws -> [[Float]] {
        try rows(
            "SELECT vector FROM activation_vectors WHERE run_id = ? AND hook = ? ORDER BY sequence_id, position", [run, hook]
        ).map { floats($0["vector"]) }
    }

    private func model(_ name: String) throws -> Model { try Model(directory: Paths.fixture(name)) }

    /// How many vectors of two runs differ in some bit, of how many.
    private func differing(_ first: Int, _ second: Int) throws -> (differing: Int, all: Int) {
        let row = try #require(
            try rows(
                """
                SELECT total(a.vector <> b.vector) AS other, count(*) AS n
                FROM hooks g JOIN vectors a ON a.hook_id = g.hook_id JOIN tokens t ON t.token_key = a.token_key JOIN sequences q ON q.sequence_id = t.sequence_id
                JOIN hooks h ON h.run_id = ?2 AND h.name = g.name
                JOIN sequences p ON p.run_id = ?2 AND p.number = q.number
                JOIN vectors b ON b.hook_id = h.hook_id AND b.token_key = p.first_token + t.position
                WHERE g.run_id = ?1
                """, [first, second]
            ).first)
        return (row["other"], row["n"])
    }

    @Test(arguments: [
        "odd", "bert", "llama", "families/gemma2", "families/gpt_neox", "families/qwen3", "families/granite", "families/olmo2",
    ])
    func aRunPatchedWithItselfIsTheSameToTheBit(name: String) throws {
        let model = try model(name)
        try record(model)
        let summary = try record(model, ["* = run 1"]) { $0.batchTokens = 2 }
        #expect(summary.unfiredEdits.isEmpty)
        let (other, all) = try differing(1, 2)
        #expect(other == 0 && all == 10 * model.hookPoints.count)
        let edits = try rows("SELECT * FROM edits ORDER BY number, hook")
        #expect(edits.count == model.hookPoints.count)
        for edit in edits {
            let (fired, largest): (Int, Double) = (edit["fired"], edit["largest_change"])
            #expect(fired == 10 && largest == 0)
            let (alignment, source): (String, Int) = (edit["alignment"], edit["source_run"])
            #expect(alignment == "position" && source == 1)
        }
        #expect(try rows("SELECT compared_with FROM runs ORDER BY run_id").map { $0[0] as Int? } == [nil, 1])
        // A patch that is not the own run's is seen everywhere after it: what was put in is not ignored.
        try record(model, ["blocks.0.hook_resid_pre += 1"])
        #expect(try differing(1, 3).differing > 0)
    }

    /// An edited run's numbers do not depend on how sequences were taken together.
    @Test func batchesChangeNothing() throws {
        let model = try model("families/qwen3")
        let edits = ["blocks.0.attn.hook_z[1] *= 3", "blocks.1.ln1.hook_scale@-1 = 2", "blocks.1.attn.hook_pattern[0] *= 0.5"]
        try record(model, edits) { $0.batchTokens = 1 }
        try record(model, edits) { $0.batchTokens = 1000 }
        #expect(try differing(1, 2) == (0, 10 * model.hookPoints.count))
    }

    @Test(arguments: ["odd", "bert", "llama", "families/gpt_neox", "families/qwen3"])
    func withoutHeadsAnAttentionWritesItsBias(name: String) throws {
        let model = try model(name)
        try record(model, ["blocks.*.attn.hook_z = 0"])
        for layer in 0..<model.configuration.layerCount {
            let bias = model.attentionOutputBias(layer: layer)
            #expect(try vectors(1, "blocks.\(layer).hook_attn_out").allSatisfy { $0 == bias })
        }
    }

    /// All heads at zero are a model whose W_O is zero: everything that follows has the same values.
    @Test(arguments: ["odd", "bert", "llama", "families/gemma2", "families/gpt_neox", "families/qwen3"])
    func withoutHeadsAModelIsOneWhoseOutputMatricesAreZero(name: String) throws {
        try record(try model(name), ["blocks.*.attn.hook_z[*] = 0"])
        let zeroed = try directory.zeroed(name, folder: "zeroed") { tensor in
            let isOutput = ["attn.c_proj", "self_attn.o_proj", "attention.output.dense", "attention.dense"].contains {
                tensor.contains($0)
            }
            return isOutput && tensor.hasSuffix("weight")
        }
        try record(zeroed)
        var compared = 0
        for point in zeroed.hookPoints.map(\.description) where !point.hasSuffix("hook_z") {
            #expect(try vectors(1, point) == vectors(2, point), "\(point)")
            compared += 1
        }
        #expect(compared == zeroed.hookPoints.count - zeroed.configuration.layerCount)
    }

    @Test func operatorsDoWhatTheySay() throws {
        let model = try model("odd")
        let hook = "blocks.0.hook_resid_mid"
        let width = model.configuration.width
        let steer = (0..<width).map { Float($0) / 7 - 1 }
        let file = directory.place("steer.npy")
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(width),), }"
        header += String(repeating: " ", count: 117 - header.count) + "\n"
        try Data(
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
                + steer.flatMap { value in
                    withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
                }
        ).write(to: URL(fileURLWithPath: file))
        try record(model)
        let plain = try vectors(1, hook)
        var mean = [Double](repeating: 0, count: width)
        // Without the first positions: 5 and 2 tokens.
        for row in [1, 2, 3, 4, 5, 8, 9] { for i in 0..<width { mean[i] += Double(plain[row][i]) / 7 } }
        let length = steer.reduce(0) { $0 + Double($1) * Double($1) }
        func dot(_ x: [Float]) -> Double { zip(x, steer).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        let cases: [(String, (Int, [Float]) -> [Float])] = [
            ("= 0.25", { _, x in x.map { _ in 0.25 } }), ("*= -2", { _, x in x.map { $0 * -2 } }),
            ("+= 3 * \(file)", { _, x in zip(x, steer).map { Float(Double($0) + 3 * Double($1)) } }),
            ("-= projection(\(file))", { _, x in zip(x, steer).map { Float(Double($0) - dot(x) / length * Double($1)) } }),
            ("= mean(run 1 @ 1..)", { _, _ in mean.map(Float.init) }),
            ("= run 1 sequence 1 @ -2", { _, _ in plain[4] }),
            ("@-1 = 0", { row, x in [5, 6, 9].contains(row) ? x.map { _ in 0 } : x }),
            ("@1..2,4 += 1", { row, x in [1, 2, 4, 8, 9].contains(row) ? x.map { $0 + 1 } : x }),
        ]
        for (index, (text, expected)) in cases.enumerated() {
            try record(model, ["\(hook)\(text.hasPrefix("@") ? "" : " ")\(text)"])
            let found = try vectors(index + 2, hook)
            for (row, x) in plain.enumerated() {
                for (a, b) in zip(found[row], expected(row, x)) {
                    #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "\(text), row \(row)")
                }
            }
        }
        let changes = try rows("SELECT fired, changed, largest_change FROM edits WHERE run_id = 8")
        let (fired, changed, change): (Int, Int, Double) = (
            changes[0]["fired"], changes[0]["changed"], changes[0]["largest_change"]
        )
        #expect(fired == 3 && changed == 3 * width)
        let largest = try #require([5, 6, 9].flatMap { plain[$0].map(abs) }.max())
        #expect(change == Double(largest))
    }

    /// The last token of a text takes what the last of another kept, however long it is; without that, lengths must agree.
    @Test func placesOfOtherLengthsAreFoundFromTheEnd() throws {
        let model = try model("odd")
        try record(model, ids: ["5 9 3 7"])
        let hook = "blocks.1.hook_resid_pre"
        try record(model, ["\(hook)@-1 = run 1"], ids: ["8 2 6 1 4 4"])
        #expect(try vectors(2, hook).last == vectors(1, hook).last && vectors(2, hook)[3] != vectors(1, hook)[3])
        #expect(try rows("SELECT alignment FROM edits").map { $0[0] as String } == ["position from the end"])
        #expect(throws: EditError.otherLength(text: "\(hook) = run 1", sequence: 1, tokens: 6, run: 1, its: 4)) {
            try record(model, ["\(hook) = run 1"], ids: ["8 2 6 1 4 4"])
        }
    }

    /// Found before anything is recorded, in whatever sequence it is.
    @Test func aLaterSequenceOfAnotherLengthIsRefusedBeforeTheRun() throws {
        let model = try model("odd")
        try record(model, ids: ["5 9 3 7", "1 2 3"])
        let edit = "blocks.1.hook_resid_pre = run 1"
        #expect(throws: EditError.otherLength(text: edit, sequence: 2, tokens: 4, run: 1, its: 3)) {
            try record(model, [edit], ids: ["5 9 3 7", "1 2 3 4"]) { $0.batchTokens = 4 }
        }
        #expect(throws: EditError.noToken(text: edit, run: 1, sequence: 3, place: "tokens")) {
            try record(model, [edit], ids: ["5 9 3 7", "1 2 3", "4"]) { $0.batchTokens = 4 }
        }
        #expect(try rows("SELECT count(*) FROM runs").map { $0[0] as Int } == [1])
    }

    /// The run that goes on must add what the first part added.
    @Test func aRunDoesNotGoOnWithAnotherVector() throws {
        let model = try model("odd"), file = directory.place("steer.npy")
        func save(_ value: Float) throws {
            let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(model.configuration.width),), }\n"
            var bytes = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8))
            for _ in 0..<model.configuration.width {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
            try bytes.write(to: URL(fileURLWithPath: file))
        }
        func record(stopAfter limit: Int) throws {
            var options = Recording.Options()
            options.capture = "loss"
            options.batchTokens = 3
            options.resume = true
            options.edits = [try Edit("blocks.0.hook_resid_post += \(file)")]
            var calls = 0
            let ids = (0..<6).map { "\($0 + 1) 9 3" }
            try Recording.record(TextInput(.tokenIDs(ids), model: model), model: model, to: path, options: options) { _, _ in
                calls += 1
                return calls < limit
            }
        }
        try save(1)
        try record(stopAfter: 3)
        try save(2)
        #expect { try record(stopAfter: .max) } throws: { "\($0)".contains("edits' files") }
        try save(1)
        try record(stopAfter: .max)
        #expect(try rows("SELECT fired FROM edits").map { $0[0] as Int } == [18])
    }

    @Test func tokensFindTheirLike() throws {
        let model = try Model.embedded()
        func run(_ text: String, _ edits: [String]) throws {
            var options = Recording.Options()
            options.capture = "blocks.1.hook_resid_pre"
            options.edits = try edits.map { try Edit($0) }
            try Recording.record(TextInput(.texts([text]), model: model), model: model, to: path, options: options)
        }
        try run("They say that war is war.", [])
        try run("A war and another war", ["blocks.1.hook_resid_pre@'war' = run 1"])
        let (there, here) = (try vectors(1, "blocks.1.hook_resid_pre"), try vectors(2, "blocks.1.hook_resid_pre"))
        let places = try rows("SELECT run_id, position FROM activation_vectors WHERE token = ' war' ORDER BY run_id, position").map
        { ($0[0] as Int, $0[1] as Int) }
        #expect(places.map(\.0) == [1, 1, 2, 2])
        #expect(here[places[2].1] == there[places[0].1] && here[places[3].1] == there[places[1].1])
        #expect(try rows("SELECT fired, alignment FROM edits").map { "\($0[0] as Int) \($0[1] as String)" } == ["2 token"])
    }

    @Test func whatTheModelDoesNotHaveIsRefused() throws {
        let llama = try model("llama")
        let c = llama.configuration
        #expect(c.keyValueHeadCount < c.headCount)
        func expect(_ error: EditError, _ edit: String, _ change: (inout Recording.Options) -> Void = { _ in }) {
            #expect(throws: error) { try record(llama, [edit], change) }
        }
        expect(
            .noHookPoint(text: "blocks.9.hook_mlp_out = 0", hook: "blocks.9.hook_mlp_out", example: "blocks.0.hook_resid_pre"),
            "blocks.9.hook_mlp_out = 0")
        // Heads of keys are fewer than those of queries.
        expect(
            .noSuchHead(text: "blocks.0.attn.hook_k[5] = 0", hook: "blocks.0.attn.hook_k", head: 5, count: c.keyValueHeadCount),
            "blocks.0.attn.hook_k[5] = 0")
        expect(.noHeads(text: "blocks.0.hook_mlp_out[0] = 0", hook: "blocks.0.hook_mlp_out"), "blocks.0.hook_mlp_out[0] = 0")
        expect(.noMean(text: "*.hook_pattern = mean(run 1)", hook: "blocks.0.attn.hook_pattern"), "*.hook_pattern = mean(run 1)")
        expect(.withScheme("feature"), "blocks.0.hook_mlp_out = 0") { $0.scheme = .feature }
        expect(.withParts(.shares), "blocks.0.hook_mlp_out = 0") { $0.capture = "shares" }
        expect(.withParts(.attribution), "blocks.0.hook_mlp_out = 0") { $0.capture = "attribution" }
        expect(.withShard, "blocks.0.hook_mlp_out = 0") { $0.shard = Shard(index: 1, count: 2) }
        #expect(!FileManager.default.fileExists(atPath: path))
        try record(llama) { $0.capture = "blocks.0.hook_mlp_out" }
        expect(.noRun(text: "blocks.0.hook_mlp_out = run 7", run: 7, path: path), "blocks.0.hook_mlp_out = run 7")
        expect(
            .notKept(text: "blocks.1.hook_mlp_out = run 1", run: 1, hook: "blocks.1.hook_mlp_out"), "blocks.1.hook_mlp_out = run 1")
        expect(
            .noToken(text: "blocks.0.hook_mlp_out = run 1 sequence 1 @ 6", run: 1, sequence: 1, place: "position 6"),
            "blocks.0.hook_mlp_out = run 1 sequence 1 @ 6")
        expect(.noBase(run: 7, path: path), "blocks.0.hook_mlp_out = 0") { $0.comparedWith = 7 }
        #expect(throws: EditError.runNotUsable(text: "blocks.0.hook_mlp_out = run 1", run: 1, reason: "is of another model")) {
            try record(model("odd"), ["blocks.0.hook_mlp_out = run 1"])
        }
        // Nothing was left behind.
        #expect(try rows("SELECT count(*) FROM runs").map { $0[0] as Int } == [1])
    }

    @Test func anEditOfNothingIsTold() throws {
        let model = try model("odd")
        let summary = try record(model, ["blocks.0.hook_mlp_out@9 = 0", "blocks.0.hook_mlp_out@5 = 0"])
        #expect(summary.isComplete && summary.unfiredEdits == ["blocks.0.hook_mlp_out@9 = 0"])
    }

    /// A resumed run counts on from where it was.
    @Test func aRunThatGoesOnCountsOn() throws {
        let model = try model("odd")
        let ids = (0..<6).map { "\($0 + 1) 9 3" }
        var options = Recording.Options()
        options.capture = "loss"
        options.batchTokens = 3
        options.resume = true
        options.edits = [try Edit("blocks.0.hook_mlp_out *= 0.5")]
        var calls = 0
        let half = try Recording.record(TextInput(.tokenIDs(ids), model: model), model: model, to: path, options: options) { _, _ in
            calls += 1
            return calls < 3
        }
        #expect(!half.isComplete)
        let rest = try Recording.record(TextInput(.tokenIDs(ids), model: model), model: model, to: path, options: options)
        #expect(rest.isComplete && rest.earlier.sequences == 3)
        #expect(try rows("SELECT fired FROM edits").map { $0[0] as Int } == [18])
    }
}
