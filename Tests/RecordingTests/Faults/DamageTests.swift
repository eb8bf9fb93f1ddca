import Foundation
import Recording
import TestSupport
import Testing
import Transformer

/// Bytes that changed on the way: of a database that is recorded into, and of a checkpoint.
@Suite struct DamageTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// A recording into a damaged file is refused with the file as it was, or leaves a file that SQLite finds sound.
    @Test func aThousandFlippedBytesOfADatabaseAreSurvivedByTheRecorder() throws {
        let path = directory.place("run.db")
        let model = try Models.odd()
        func record() throws {
            try Recording.record(TextInput(.tokenIDs(["1 2 3"]), model: model), model: model, to: path)
        }
        try record()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        var random = SplitMix(state: 11)
        var (refused, recorded) = (0, 0)
        for round in 0..<1_000 {
            var damaged = whole
            for _ in 0...round % 4 {
                // Half of them in the first page, where the schema begins.
                let end = Bool.random(using: &random) ? 16_384 : whole.count
                damaged[Int.random(in: 0..<end, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            try damaged.write(to: URL(fileURLWithPath: path))
            do {
                try record()
                recorded += 1
            } catch {
                #expect(error is RecordingError, "\(error)")
                #expect(!"\(error)".contains("\n"))
                refused += 1
                if case RecordingError.weightsChanged = error {
                    // Known once the weights were read through: the run is there by then, and is not complete.
                    #expect(try dump(path, "PRAGMA integrity_check") == [#""ok""#])
                    #expect(try dump(path, "SELECT status FROM runs ORDER BY run_id DESC LIMIT 1") == [#""interrupted""#])
                } else {
                    let isUnchanged = try Data(contentsOf: URL(fileURLWithPath: path)) == damaged
                    #expect(isUnchanged, "round \(round): \(error)")
                }
            }
            for name in try directory.names() where name != "run.db" { Issue.record("\(name) was left behind"); return }
        }
        #expect(refused > 20 && recorded > 20, "\(refused) refused, \(recorded) recorded")
    }

    /// As where padding was added to a tokenizer and not to the model: a text meets it only where it has such a token.
    @Test func aTokenizerMayHaveMoreIdsThanTheEmbeddingHasRows() throws {
        for name in ["model.safetensors", "config.json"] {
            try FileManager.default.copyItem(atPath: Paths.fixture("odd/\(name)"), toPath: directory.place(name))
        }
        for name in ["vocab.json", "merges.txt"] {
            let source = Paths.root.appendingPathComponent("Sources/EmbeddedModel/gpt2-micro/\(name)").path
            try FileManager.default.copyItem(atPath: source, toPath: directory.place(name))
        }
        let model = try Model(directory: directory.path)
        for source in [TextInput.Source.tokenIDs(["5 17"]), .texts(["A"])] {
            let summary = try Recording.record(
                TextInput(source, model: model), model: model, to: directory.place("\(UUID().uuidString).db"))
            #expect(summary.isComplete && summary.tokens > 0)
        }
        var input = try TextInput(.texts(["A B"]), model: model)
        let error = #expect(throws: InputError.self) { try input.next() }
        #expect(
            error?.description
                == "' B' at position 1 of sequence 1: the tokenizer gives it id 347, the model has embeddings of ids 0 to 96; leave it out of the text"
        )
    }

    /// Token ids need no tokenizer; a text meets the reason.
    @Test func aTokenizerThatCannotBeReadIsAnErrorOnlyForText() throws {
        for name in ["model.safetensors", "config.json"] {
            try FileManager.default.copyItem(atPath: Paths.fixture("odd/\(name)"), toPath: directory.place(name))
        }
        try Data("{\"model\": {\"type\": \"WordLevel\", \"vocab\": {}, \"merges\": []}}".utf8)
            .write(to: URL(fileURLWithPath: directory.place("tokenizer.json")))
        let model = try Model(directory: directory.path)
        let fault = try #require(model.tokenizerFault)
        #expect(model.tokenizer == nil && fault.problem == .unsupported(member: "model.type", found: "\"WordLevel\""))
        let ids = try TextInput(.tokenIDs(["5 17"]), model: model)
        let summary = try Recording.record(ids, model: model, to: directory.place("ids.db"))
        #expect(summary.isComplete)
        #expect(throws: RecordingError.noTokenizer(model: model.name, fault: fault)) { try TextInput(.texts(["x"]), model: model) }
        #expect { try model.encode("x") } throws: { "\($0)" == "\(fault); give token ids" }
    }

    /// A checkpoint with other bytes is refused by name or runs.
    @Test(arguments: ["model.safetensors", "config.json"])
    func aThousandFlippedBytesOfACheckpointAreSurvived(_ file: String) throws {
        for name in ["model.safetensors", "config.json"] {
            try FileManager.default.copyItem(atPath: Paths.fixture("odd/\(name)"), toPath: directory.place(name))
        }
        let whole = try Data(contentsOf: URL(fileURLWithPath: directory.place(file)))
        var random = SplitMix(state: 12)
        var (refused, ran) = (0, 0)
        for round in 0..<1_000 {
            var damaged = whole
            for _ in 0...round % 3 {
                // Half of them in the header.
                let end = Bool.random(using: &random) ? min(1_000, whole.count) : whole.count
                damaged[Int.random(in: 0..<end, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            // Another file each time: the one before may still be mapped.
            try FileManager.default.removeItem(atPath: directory.place(file))
            try damaged.write(to: URL(fileURLWithPath: directory.place(file)))
            do {
                let model = try Model(directory: directory.path)
                try model.forward(Batch([[1, 2, 3].map { $0 % Int32(model.configuration.vocabularySize) }]))
                ran += 1
            } catch {
                #expect(!"\(error)".contains("\n"))
                refused += 1
            }
        }
        #expect(refused > 20 && ran > 20, "\(refused) refused, \(ran) ran")
    }
}
