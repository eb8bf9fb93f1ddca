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

    @Test(arguments: ["gguf/llama.gguf", "gguf/llama"])
    func llamaIsReadAndRefused(place: String) {
        expectRefusal(.llama, place)
    }

    private func expectRefusal(_ architecture: ModelConfiguration.Architecture, _ place: String) {
        do throws(ModelError) {
            _ = try Model(named: Self.fixtures.appendingPathComponent(place).path)
            Issue.record("loaded")
        } catch {
            guard case .architecture(architecture, _) = error else {
                Issue.record("\(error)")
                return
            }
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
