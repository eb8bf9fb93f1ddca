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
