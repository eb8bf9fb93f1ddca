import Foundation
import Recording
import TestSupport
import Testing
import Transformer

/// More than one run, and more than one model, in a file.
@Suite struct SeveralRunsTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
    }

    @discardableResult
    private func record(_ source: TextInput.Source, _ model: Model, _ capture: String = "stats") throws -> Recording.Summary {
        var options = Recording.Options()
        options.capture = capture
        return try Recording.record(TextInput(source, model: model), model: model, to: path, options: options)
    }

    @Test func aSecondRunIsAddedAndSharesTheModel() throws {
        let model = try Models.odd()
        #expect(try record(.tokenIDs(["1 2 3"]), model).runID == 1)
        let first = try dump(path, "SELECT * FROM token_statistics WHERE run_id = 1")
        #expect(try record(.tokenIDs(["4 5", "1 2 3"]), model, "norm").runID == 2)
        #expect(try dump(path, "SELECT * FROM token_statistics WHERE run_id = 1") == first)
        #expect(try dump(path, "SELECT count(*), min(model_id) FROM models") == ["1|1"])
        #expect(
            try dump(path, "SELECT run_id, model_id, tokens, capture FROM runs ORDER BY run_id") == [
                "1|1|3|\"stats\"", "2|1|5|\"norm\"",
            ])
        #expect(try dump(path, "SELECT count(DISTINCT uuid) FROM runs") == ["2"])
        #expect(try dump(path, "SELECT first_token, run_id FROM sequences ORDER BY sequence_id") == ["1|1", "4|2", "6|2"])
        let sql = "SELECT mean, variance, kurtosis FROM token_statistics WHERE sequence_id = ? ORDER BY position, depth"
        #expect(
            try dump(path, sql.replacingOccurrences(of: "?", with: "1")) == dump(path, sql.replacingOccurrences(of: "?", with: "3"))
        )
    }

    @Test func twoModelsLieBesideEachOther() throws {
        try record(.tokenIDs(["1 2 3"]), Models.odd(), "all")
        try record(.texts(["They said hatred was ok."]), Models.micro(), "norm,loss")
        let other = try Model(directory: Paths.fixture("bare-bf16"))
        try record(.tokenIDs(["1 2 3 4"]), other)
        #expect(try dump(path, "SELECT name FROM models ORDER BY model_id") == ["\"odd\"", "\"gpt2-micro\"", "\"bare-bf16\""])
        #expect(
            try dump(path, "SELECT run_id, count(*), max(depth) FROM token_statistics GROUP BY run_id")
                == ["1|15|4", "2|\(6 * 13)|12", "3|20|4"])
        #expect(
            try dump(path, "SELECT run_id, count(*), max(head) FROM head_statistics GROUP BY run_id")
                == ["1|150|4", "2|\(6 * 24 * 5)|3", "3|\(4 * 6 * 5)|2"])
        #expect(try dump(path, "SELECT token FROM token_statistics WHERE run_id = 3 AND depth = 0 LIMIT 1") == ["\"#1\""])
        #expect(try dump(path, "PRAGMA foreign_key_check").isEmpty)
    }

    @Test func theWeightsAreNamedByTheSha256OfTheirFile() throws {
        let file = Paths.fixture("odd/model.safetensors")
        let shell = try RunningProgram("/bin/sh", ["-c", "sha256sum \"$0\" || shasum -a 256 \"$0\"", file])
        let digest = String(shell.wait().stdout.prefix(64))
        #expect(digest.count == 64)
        try record(.tokenIDs(["1"]), Models.odd())
        #expect(try dump(path, "SELECT weights_sha256 FROM models") == ["\"\(digest)\""])
    }

    @Test func anInterruptedRunLeavesTheWeightsUnnamedUntilOneIsComplete() throws {
        let model = try Models.odd()
        var options = Recording.Options()
        options.batchTokens = 1
        try Recording.record(TextInput(.tokenIDs(["1", "2"]), model: model), model: model, to: path, options: options) { _, _ in
            false
        }
        #expect(try dump(path, "SELECT weights_sha256 FROM models") == ["NULL"])
        try record(.tokenIDs(["1"]), model)
        #expect(try dump(path, "SELECT count(weights_sha256) FROM models") == ["1"])
    }
}
