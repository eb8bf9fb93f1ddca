import Checkpoints
import Foundation
import Testing
import Transformer

/// What `Model` makes of the kinds of models that it is given.
@Suite struct ModelKindTests {
    private static let fixtures = TokenizerFixtures.root.appendingPathComponent("Tests/Fixtures")

    @Test func samplesHaveAPlace() {
        #expect(SampleModel.parent(["ACTREC_MODELS": "/m", "XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/m")
        #expect(SampleModel.parent(["ACTREC_MODELS": "", "XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/actrec/models")
        #expect(SampleModel.parent(["XDG_CACHE_HOME": "", "HOME": "/h"]) == "/h/.cache/actrec/models")
        #expect(SampleModel.minilm.directory.hasSuffix("/minilm"))
        #expect(ModelError.sampleNotThere(.smollm2).description.contains("make samples"))
    }

    /// What GGUF quantizes is given to transformers dequantized: two ways to the same numbers.
    @Test func aGGUFFileAndItsCheckpointComputeTheSame() throws {
        let batch = Batch([[1, 5, 9, 30, 2, 2, 17], [3]])
        let gguf = try Model(named: Self.fixtures.appendingPathComponent("gguf/llama.gguf").path)
        let directory = try Model(named: Self.fixtures.appendingPathComponent("gguf/llama").path)
        #expect(gguf.hookPoints == directory.hookPoints)
        let (here, there) = (try observe(gguf, batch), try observe(directory, batch))
        for point in gguf.hookPoints {
            var difference = Difference()
            for (a, b) in zip(try #require(here.values[point]), try #require(there.values[point])) { difference.add(row: a, b) }
            #expect(difference.ratio <= 1e-6, "\(point)")
        }
    }

    /// The same checkpoints as llama.cpp's converter writes them and as transformers has them, but for what the metadata have no
    /// keys for and llama.cpp fixes: there the configuration is changed to it.
    @Test(
        arguments: [
            ("qwen2", [("\"use_sliding_window\": true", "\"use_sliding_window\": false")]), ("qwen3", []), ("phi3", []),
            ("gemma2", [("\"query_pre_attn_scalar\": 9", "\"query_pre_attn_scalar\": 4")]),
            (
                "gemma3",
                [
                    ("\"query_pre_attn_scalar\": 9", "\"query_pre_attn_scalar\": 4"),
                    ("\"sliding_window_pattern\": 3", "\"sliding_window_pattern\": 6"),
                    ("\"rope_local_base_freq\": 300.0", "\"rope_local_base_freq\": 10000.0"),
                ]
            ),
        ] as [(String, [(String, String)])])
    func aGGUFFileOfAFamilyComputesTheSame(name: String, changes: [(String, String)]) throws {
        let files = FileManager.default
        let changed = files.temporaryDirectory.appendingPathComponent("changed-\(UUID().uuidString)")
        defer { try? files.removeItem(at: changed) }
        try files.copyItem(at: Self.fixtures.appendingPathComponent("families/\(name)"), to: changed)
        let file = changed.appendingPathComponent("config.json")
        var text = try String(contentsOf: file, encoding: .utf8)
        for (old, new) in changes {
            #expect(text.contains(old))
            text = text.replacing(old, with: new)
        }
        try text.write(to: file, atomically: true, encoding: .utf8)
        let gguf = try Model(named: Self.fixtures.appendingPathComponent("gguf/\(name).gguf").path)
        let directory = try Model(named: changed.path)
        #expect(gguf.unknownTensors.isEmpty && gguf.hookPoints == directory.hookPoints)
        let batch = Batch([[1, 5, 9, 30, 2, 2, 17], [3]])
        let (here, there) = (try observe(gguf, batch), try observe(directory, batch))
        for point in gguf.hookPoints {
            var difference = Difference()
            for (a, b) in zip(try #require(here.values[point]), try #require(there.values[point])) { difference.add(row: a, b) }
            #expect(difference.ratio <= 2e-6, "\(point)")
        }
    }

    @Test func brokenGGUFIsNamed() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("broken-\(UUID().uuidString).gguf")
        try Data("GGUF".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect {
            try Model(named: file.path)
        } throws: {
            "\($0)".contains("the version at byte 4")
        }
    }
}
