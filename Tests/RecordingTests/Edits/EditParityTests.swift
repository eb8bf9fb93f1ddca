import Checkpoints
import Foundation
import GRDB
import Recording
import TestSupport
import Testing
import Transformer

/// Edited runs against Hugging Face transformers in float64, where PyTorch hooks make the same edits: Tools/make_edit_fixtures.py.
@Suite struct EditParityTests {
    /// Of the largest value of a row, as for passes without edits.
    private static let bar: Float = 2e-6

    @Test(arguments: ["odd", "bert", "llama", "families/gemma2", "families/gpt_neox", "families/qwen3"])
    func eachEditAtEachHookPointAgreesWithPyTorch(name: String) throws {
        let model = try Model(directory: Paths.fixture(name))
        let file = try Safetensors(MappedFile(path: Paths.fixture("\(name)/edits.safetensors")))
        let directory = try TemporaryDirectory()
        let path = directory.place("run.db")
        let last = try #require(model.sites.last { !$0.isOfQueriesOrKeys })
        let output = "\(last).hook_out"
        let edits = file.names.filter { $0.contains("=") }.sorted()

        try record(model, ["source/0", "source/1"].map { try ids($0, file) }, capture: "all", to: path)
        // What the fixture edits: each hook point of the embeddings, the first block and the end.
        let named = Set(edits.map { String($0.prefix { !" [@".contains($0) }) })
        let expected = model.hookPoints.map(\.description).filter { !$0.hasPrefix("blocks.1.") && $0 != "logits" }
        #expect(Set(expected).isSubset(of: named))

        var worst: (ratio: Float, edit: String) = (0, "")
        for edit in edits {
            let run = try record(model, [try ids("edited", file)], capture: output, edits: [edit], to: path)
            let found = try vectors(run, output, path)
            let values = try #require(file.view(edit)?.floats())
            let width = model.configuration.width
            #expect(found.count * width == values.count)
            for (row, x) in found.enumerated() {
                let y = values[row * width..<(row + 1) * width]
                let largest = y.map(abs).max() ?? 0
                let difference = zip(x, y).map { abs($0 - $1) }.max() ?? .infinity
                // Not `max`, which a NaN would pass.
                if !(difference <= worst.ratio * largest) { worst = (difference / largest, edit) }
            }
        }
        #expect(worst.ratio <= Self.bar, "'\(worst.edit)'")
        print("\(name): \(edits.count) edits; \(worst.ratio) by '\(worst.edit)' is the largest difference")
    }

    private func ids(_ name: String, _ file: Safetensors) throws -> String {
        try #require(file.bytes(of: name)).withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: 4).map { String(raw.loadUnaligned(fromByteOffset: $0, as: Int32.self)) }
        }.joined(separator: " ")
    }

    @discardableResult
    private func record(_ model: Model, _ ids: [String], capture: String, edits: [String] = [], to path: String) throws -> Int64 {
        var options = Recording.Options()
        options.capture = capture
        options.edits = try edits.map { try Edit($0) }
        let summary = try Recording.record(TextInput(.tokenIDs(ids), model: model), model: model, to: path, options: options)
        #expect(summary.unfiredEdits.isEmpty)
        return summary.runID
    }

    private func vectors(_ run: Int64, _ hook: String, _ path: String) throws -> [[Float]] {
        try Recorded.open(path).read {
            try Row.fetchAll(
                $0, sql: "SELECT vector FROM activation_vectors WHERE run_id = ? AND hook = ? ORDER BY position",
                arguments: [run, hook])
        }.map { floats($0["vector"]) }
    }
}
