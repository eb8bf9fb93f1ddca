import Foundation
import GRDB
import Recording
import TestSupport
import Testing
import Transformer

/// Which runs are of one model: those of the same bytes, and no others; and what its tokens are called.
@Suite struct ModelIdentityTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func record(
        _ model: Model, _ ids: String = "1 2 3", to path: String, log: @escaping @Sendable (Recording.Message) -> Void = { _ in }
    ) throws -> Recording.Summary {
        var options = Recording.Options()
        options.log = log
        return try Recording.record(TextInput(.tokenIDs([ids]), model: model), model: model, to: path, options: options)
    }

    /// A base and its ablated copies in one file: known apart before the first row, wherever they differ.
    @Test func aCheckpointThatDiffersInOneValueIsAnotherModel() throws {
        let path = directory.place("run.db")
        let models = try [
            directory.patchedOdd("transformer.wte.weight", at: 0, 0.5, folder: "first"),
            directory.patchedOdd("transformer.h.1.attn.c_proj.weight", at: 777, 0.5, folder: "middle"),
            directory.patchedOdd("transformer.ln_f.bias", at: 39, 0.5, folder: "last"), Models.odd(),
        ]
        #expect(Set(models.map { $0.fingerprint() ?? "" }).count == 4)
        for model in models + [models[1]] { #expect(try record(model, to: path).isComplete) }
        #expect(
            try dump(path, "SELECT count(*), count(DISTINCT weights_sha256), count(DISTINCT fingerprint) FROM models") == ["4|4|4"])
        #expect(try dump(path, "SELECT model_id FROM runs ORDER BY run_id") == ["1", "2", "3", "4", "2"])
        #expect(try dump(path, "SELECT DISTINCT status FROM runs") == ["\"complete\""])
    }

    @Test func anEditedCheckpointDoesNotGoOnWithTheBasesRun() throws {
        let path = directory.place("run.db")
        var options = Recording.Options()
        (options.batchTokens, options.commitInterval) = (1, 0)
        func input(_ model: Model) throws -> TextInput { try TextInput(.tokenIDs(["1", "2", "3"]), model: model) }
        let base = try Models.odd()
        try Recording.record(input(base), model: base, to: path, options: options) { _, _ in false }
        let edited = try directory.patchedOdd("transformer.ln_f.bias", at: 39, 0.5, folder: "edited")
        options.resume = true
        #expect(throws: RecordingError.self) { try Recording.record(input(edited), model: edited, to: path, options: options) }
        #expect(try dump(path, "SELECT count(*) FROM models") == ["1"])
    }

    /// The embedded model's checkpoint in a folder, with these of its tokenizer's files.
    private func bare(_ files: [String: (String) -> String] = [:], _ folder: String = "bare") throws -> Model {
        let source = Paths.root.appendingPathComponent("Sources/EmbeddedModel/gpt2-micro")
        try FileManager.default.createDirectory(atPath: directory.place(folder), withIntermediateDirectories: true)
        for name in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(
                atPath: source.appendingPathComponent(name).path, toPath: directory.place("\(folder)/\(name)"))
        }
        for (name, edit) in files {
            _ = try directory.write(
                "\(folder)/\(name)", edit(String(contentsOf: source.appendingPathComponent(name), encoding: .utf8)))
        }
        return try Model(directory: directory.place(folder))
    }

    @Test func tokenTextsAreFilledInOnceATokenizerKnowsThem() throws {
        let path = directory.place("run.db")
        _ = try record(bare(), "15496 995 12876", to: path)
        #expect(try dump(path, "SELECT text FROM vocabulary ORDER BY token_id") == ["\"#995\"", "\"#12876\"", "\"#15496\""])
        _ = try record(Models.micro(), "995", to: path)
        #expect(try dump(path, "SELECT count(*) FROM models") == ["1"])
        #expect(try dump(path, "SELECT text FROM vocabulary ORDER BY token_id") == ["\" world\"", "\" ok\"", "\"Hello\""])
        let answer = try actrec("query", path, "token_variance", "-p", "tokens=ok", "-p", "run=1", "--format", "csv")
        #expect(answer.stdout.split(separator: "\n").count == 14, "a word is found in the run that was recorded by ids")
        // A run without a tokenizer takes nothing away.
        _ = try record(bare([:], "again"), "995 5", to: path)
        #expect(
            try dump(path, "SELECT text FROM vocabulary ORDER BY token_id")
                == ["\"&\"", "\" world\"", "\" ok\"", "\"Hello\""].map { $0 == "\"&\"" ? "\"#5\"" : $0 })
    }

    /// A NUL and a part of a character: shown as other bytes than they are.
    @Test func theSameTokenizerIsNotTakenForAnother() throws {
        let path = directory.place("run.db")
        let messages = Messages()
        for _ in 0..<2 { _ = try record(Models.micro(), "188 447", to: path) { messages.add($0) } }
        #expect(
            try dump(path, "SELECT hex(bytes), CAST(text AS BLOB) = bytes FROM vocabulary ORDER BY token_id") == [
                "\"00\"|0", "\"E280\"|0",
            ])
        #expect(messages.warnings == [])
    }

    @Test func anotherTokenizerIsToldOfAndChangesNothing() throws {
        let path = directory.place("run.db")
        _ = try record(Models.micro(), "5183 445", to: path)
        let swapped = try bare([
            "vocab.json": {
                $0.replacingOccurrences(of: "\"hat\": 5183", with: "\"hat\": 445").replacingOccurrences(
                    of: "\"red\": 445", with: "\"red\": 5183")
            },
            "merges.txt": { $0 },
        ])
        let messages = Messages()
        _ = try record(swapped, "5183", to: path) { messages.add($0) }
        #expect(
            messages.warnings == [
                "this tokenizer is not the one of earlier runs of the model: token 445 is 'hat', in the file 'red', and 1 more; the file's texts stay"
            ])
        #expect(try dump(path, "SELECT text FROM vocabulary ORDER BY token_id") == ["\"red\"", "\"hat\""])
    }

    @Test func shardsWithAndWithoutATokenizerMergeToAllTexts() throws {
        let lines = (0..<130).map { "{\"ids\": [\($0 < 128 ? 995 : 12876), 995]}\n" }.joined()
        let input = try directory.write("in.jsonl", lines)
        let models = try [bare(), Models.micro()]
        for (index, model) in models.enumerated() {
            var options = Recording.Options()
            (options.capture, options.shard) = ("ln_final.hook_in", Shard(index: index + 1, count: 2))
            #expect(
                try Recording.record(
                    TextInput(.file(input), model: model), model: model, to: directory.place("\(index).db"), options: options
                ).isComplete)
        }
        _ = try Merge.run([directory.place("0.db"), directory.place("1.db")], to: directory.place("all.db"))
        #expect(try dump(directory.place("all.db"), "SELECT text FROM vocabulary ORDER BY token_id") == ["\" world\"", "\" ok\""])
    }
}

/// What a recorder says, gathered from any thread.
private final class Messages: @unchecked Sendable {
    // Sound to share: read and written under the lock.
    private let lock = NSLock()
    private var all: [Recording.Message] = []

    func add(_ message: Recording.Message) { lock.withLock { all.append(message) } }
    var warnings: [String] { lock.withLock { all.filter { $0.level == .warning }.map(\.text) } }
}
