import Foundation
import Recording
import TestSupport
import Testing
import Transformer

/// Runs that end before their input does: what was committed stays, in whole sequences.
@Suite struct InterruptedRunTests {
    let directory: TemporaryDirectory
    let path: String
    let model: Model

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.place("run.db")
        model = try Models.odd()
    }

    @Test(arguments: [1, 2, 4])
    func stoppingKeepsWholeBatches(_ batches: Int) throws {
        var options = Recording.Options()
        options.batchTokens = 4
        options.capture = "norm,loss"
        var calls = 0
        let source = TextInput.Source.tokenIDs(Array(repeating: "1 2 3", count: 5))
        let summary = try Recording.record(TextInput(source, model: model), model: model, to: path, options: options) { tokens, _ in
            calls += 1
            #expect(tokens == 3 * calls)
            return calls < batches
        }
        #expect(calls == batches)
        #expect(!summary.isComplete && summary.sequences == batches && summary.tokens == 3 * batches)
        #expect(try dump(path, "SELECT status, sequences, tokens FROM runs") == ["\"interrupted\"|\(batches)|\(3 * batches)"])
        #expect(try wholeSequences(path) == batches)
        #expect(try dump(path, "SELECT n FROM feature_moments LIMIT 1") == ["\(3 * batches)"])
    }

    @Test func progressIsToldTheTokensAndTheFractionOfTheInput() throws {
        var options = Recording.Options()
        options.batchTokens = 1
        var seen: [(Int, Double?)] = []
        try Recording.record(
            TextInput(.tokenIDs(["1", "2 3", "4"]), model: model), model: model, to: path, options: options
        ) {
            seen.append(($0, $1)); return true
        }
        #expect(seen.map(\.0) == [1, 3, 4])
        #expect(seen.last?.1 == 1)
    }

    @Test(arguments: [
        ("{\"ids\": [500]}", "token id 500 at position 0 of sequence 4"), ("{\"ids\":", "line 4: "),
        ("{\"ids\": [\(Array(repeating: "1", count: 40).joined(separator: ","))]}", "sequence 4 has 40 tokens"),
    ])
    func aBadLineInTheMiddleLeavesWhatWasCommitted(_ line: String, message: String) throws {
        let good = Array(repeating: "{\"ids\": [1, 2, 3]}\n", count: 3).joined()
        let file = try directory.write("in.jsonl", good + line + "\n" + good)
        var options = Recording.Options()
        options.batchTokens = 3
        options.commitInterval = 0
        let error = #expect(throws: (any Error).self) {
            try Recording.record(TextInput(.file(file), model: model), model: model, to: path, options: options)
        }
        #expect(error.map { "\($0)" }?.contains(message) == true)
        // The third sequence waits for a fourth to fill the batch; resuming records it.
        #expect(try dump(path, "SELECT status, sequences, tokens FROM runs") == ["\"interrupted\"|2|6"])
        #expect(try wholeSequences(path) == 2)
    }

    @Test func wholeBatchesAreCommittedWhenTheInputFails() throws {
        let good = Array(repeating: "{\"ids\": [1, 2, 3]}\n", count: 3).joined()
        let file = try directory.write("in.jsonl", good + "{}\n")
        var options = Recording.Options()
        options.batchTokens = 3
        options.commitInterval = 3600
        #expect(throws: (any Error).self) {
            try Recording.record(TextInput(.file(file), model: model), model: model, to: path, options: options)
        }
        // The commit would have been an hour later. The third sequence was to share its batch with what cannot be read.
        #expect(try dump(path, "SELECT status, sequences, tokens FROM runs") == ["\"interrupted\"|2|6"])
        #expect(try wholeSequences(path) == 2)
    }

    @Test func aBadFirstLineLeavesNoFile() throws {
        let file = try directory.write("in.jsonl", "{}\n")
        #expect(throws: InputError.self) { try Recording.record(TextInput(.file(file), model: model), model: model, to: path) }
        #expect(try directory.names() == ["in.jsonl"])
    }
}

/// The number of sequences of a file, after checking that each has all of its rows and that the file is sound.
func wholeSequences(_ path: String) throws -> Int {
    #expect(try dump(path, "PRAGMA integrity_check") == ["\"ok\""])
    #expect(try dump(path, "PRAGMA foreign_key_check").isEmpty)
    let partial = try dump(
        path,
        """
        SELECT q.sequence_id FROM sequences q JOIN runs r USING (run_id) JOIN models m USING (model_id)
        WHERE q.token_count <> (SELECT count(*) FROM tokens t WHERE t.sequence_id = q.sequence_id)
           OR q.token_count * (2 * m.layers + 1) <> (
                SELECT count(*) FROM site_moments WHERE moments_key >= q.first_token * 1024
                AND moments_key < (q.first_token + q.token_count) * 1024)
        """)
    #expect(partial.isEmpty)
    let counted = try dump(
        path,
        "SELECT coalesce(sum(sequences), 0) - (SELECT count(*) FROM sequences), coalesce(sum(tokens), 0) - (SELECT count(*) FROM tokens) FROM runs"
    )
    #expect(counted == ["0|0"])
    return try #require(Int(dump(path, "SELECT count(*) FROM sequences")[0]))
}
