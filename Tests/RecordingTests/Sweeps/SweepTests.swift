import GRDB
import Recording
import TestSupport
import Testing
import Transformer

/// A sweep's cells begin at the block of their hook point, many in a batch; a recorded run with the same edit is a whole pass.
@Suite struct SweepTests {
    let directory: TemporaryDirectory
    var path: String { directory.place("run.db") }

    init() throws { directory = try TemporaryDirectory() }

    private func model(_ name: String) throws -> Model { try Model(directory: Paths.fixture(name)) }

    @discardableResult
    private func record(_ model: Model, _ ids: [[Int32]], capture: String, edit: String? = nil) throws -> Int64 {
        var options = Recording.Options()
        options.capture = capture
        if let edit { options.edits = [try Edit(edit)] }
        let input = TextInput.Source.tokenIDs(ids.map { $0.map(String.init).joined(separator: " ") })
        return try Recording.record(TextInput(input, model: model), model: model, to: path, options: options).runID
    }

    private func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        try Recorded.open(path).read { try Row.fetchAll($0, sql: sql, arguments: arguments) }
    }

    @Test(
        arguments: [
            "odd", "llama", "families/gemma2", "families/gpt_neox", "families/qwen3", "families/granite", "families/olmo2",
        ],
        [
            ("hook_resid_pre", Sweep.Axes.layerAndPosition), ("hook_attn_out", .layerAndPosition),
            ("hook_mlp_out", .layerAndPosition), ("hook_scale", .layerAndPosition), ("hook_z", .layerAndHead),
        ])
    func aPatchIsTheRunWithThatEditToTheBit(name: String, sweep: (hook: String, axes: Sweep.Axes)) throws {
        let model = try model(name)
        let (clean, corrupt): ([Int32], [Int32]) = ([5, 9, 3, 7], [5, 2, 3, 7])
        let cells = try Sweep.Cell.all(
            hook: sweep.hook, over: sweep.axes, positions: corrupt.count, model: model.configuration)
        let found = try Sweep.patch(clean: clean, corrupt: corrupt, answer: 4, against: 8, cells: cells, model: model)
        try record(model, [clean], capture: "stats,*.\(sweep.hook)")
        for cell in found.cells {
            let place = cell.head.map { "[\($0)]" } ?? cell.position.map { "@\($0)" } ?? ""
            let run = try record(model, [corrupt], capture: "logits", edit: "\(cell.point)\(place) = run 1")
            let row = try rows("SELECT vector FROM activation_vectors WHERE run_id = ? ORDER BY position DESC LIMIT 1", [run])
            let logits = floats(try #require(row.first)["vector"])
            #expect(cell.measure.logitDifference == Double(logits[4]) - Double(logits[8]), "\(cell.point)\(place)")
        }
        #expect(Set(found.cells.map(\.measure.logitDifference)).count > 1)
    }

    @Test(arguments: ["odd", "llama", "families/qwen3"], [Sweep.Kind.zero, .mean])
    func anAblationIsTheRunWithThatEditToTheBit(name: String, kind: Sweep.Kind) throws {
        let model = try model(name)
        let texts: [[Int32]] = [[5, 9, 3, 7, 11, 8], [20], [4, 4, 9]]
        let cells =
            try Sweep.Cell.allHeads(hook: "attn.hook_z", model: model.configuration)
            + Sweep.Cell.allHeads(hook: "hook_mlp_out", model: model.configuration)
        let c = model.configuration
        #expect(cells.count == c.layerCount * (c.headCount + 1))
        let input = try TextInput(.tokenIDs(texts.map { $0.map(String.init).joined(separator: " ") }), model: model)
        let found = try Sweep.ablate(input, with: kind, cells: cells, model: model)
        #expect(found.tokens == 10)
        try record(model, texts, capture: "loss,*.hook_z,*.hook_mlp_out")
        func loss(_ run: Int64) throws -> Double {
            let losses = try rows(
                """
                SELECT -log_probability FROM token_predictions
                WHERE run_id = ? AND log_probability IS NOT NULL ORDER BY sequence_id, position
                """, [run]
            ).map { $0[0] as Double }
            #expect(losses.count == 7)
            return losses.reduce(0, +) / 7
        }
        #expect(try found.base.loss == loss(1))
        for cell in found.cells {
            let place = cell.head.map { "[\($0)]" } ?? ""
            let value = kind == .zero ? "0" : "mean(run 1)"
            let run = try record(model, texts, capture: "loss", edit: "\(cell.point)\(place) = \(value)")
            #expect(try cell.measure.loss == loss(run), "\(cell.point)\(place)")
        }
        #expect(found.cells.contains { found.change($0) != 0 })
    }

    /// All positions of the stream are all that the rest of the pass reads.
    @Test func theWholeStreamGivesTheCleanPrediction() throws {
        let model = try model("odd")
        let cells = try Sweep.Cell.all(hook: "hook_resid_pre", over: .layer, positions: 3, model: model.configuration)
        let sweep = try Sweep.patch(clean: [5, 9, 3], corrupt: [6, 2, 4], answer: 1, against: 2, cells: cells, model: model)
        #expect(sweep.cells.count == model.configuration.layerCount)
        let clean = try #require(sweep.clean)
        for cell in sweep.cells {
            #expect(cell.measure.logitDifference == clean.logitDifference && cell.measure.probability == clean.probability)
            #expect(sweep.normalized(cell) == 1)
        }
        #expect(sweep.base.logitDifference != clean.logitDifference)
    }

    /// A batch's size changes no bit: more cells than fit into one.
    @Test func cellsOfManyBatchesAreThoseOfOne() throws {
        let model = try model("odd")
        let (clean, corrupt): ([Int32], [Int32]) = ([5, 9, 3, 7, 11, 8], [5, 2, 3, 7, 11, 8])
        let cells = try Sweep.Cell.all(hook: "hook_mlp_out", over: .layerAndPosition, positions: 6, model: model.configuration)
        func measured(batchTokens: Int) throws -> [Double] {
            try Sweep.patch(
                clean: clean, corrupt: corrupt, answer: 1, against: 2, cells: cells, model: model, batchTokens: batchTokens
            ).cells.map(\.measure.logitDifference)
        }
        let all = try measured(batchTokens: 1024)
        for size in [1, 24, 30] { #expect(try measured(batchTokens: size) == all) }
    }

    @Test func whatCannotBeSweptIsRefused() throws {
        let model = try model("odd")
        let c = model.configuration
        #expect(throws: SweepError.noHookPoint("hook_mpl_out")) {
            try Sweep.Cell.all(hook: "hook_mpl_out", over: .layer, positions: 3, model: c)
        }
        #expect(throws: SweepError.noHookPoint("logits")) {
            try Sweep.Cell.all(hook: "logits", over: .layer, positions: 3, model: c)
        }
        #expect(throws: SweepError.noHeads(hook: "hook_mlp_out", point: "blocks.0.hook_mlp_out")) {
            try Sweep.Cell.all(hook: "hook_mlp_out", over: .layerAndHead, positions: 3, model: c)
        }
        #expect(throws: SweepError.lengths(clean: ["#5", "#9"], corrupt: ["#5"])) {
            try Sweep.patch(clean: [5, 9], corrupt: [5], answer: 1, against: 2, cells: [], model: model)
        }
        #expect(throws: SweepError.nothingPredicted) {
            try Sweep.ablate(TextInput(.tokenIDs(["5", "9"]), model: model), with: .zero, cells: [], model: model)
        }
        let bert = try self.model("bert")
        #expect(throws: SweepError.noPrediction(model: bert.name)) {
            try Sweep.patch(clean: [5], corrupt: [5], answer: 1, against: 2, cells: [], model: bert)
        }
    }
}
