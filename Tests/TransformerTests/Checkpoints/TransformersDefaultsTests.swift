import Foundation
import Testing

import Transformer

/// Keys that `config.json` lacks mean what transformers' configuration classes take for them (`Tools/make_configuration_defaults.py`).
@Suite struct TransformersDefaultsTests {
    private static func families() throws -> [String: [String: [String: Any]]] {
        let file = TokenizerFixtures.root.appendingPathComponent("Tests/Fixtures/configurations.json")
        let found = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        return try #require(found as? [String: [String: [String: Any]]])
    }

    private func read(_ members: [String: Any]) throws -> ModelConfiguration {
        let json = try JSONSerialization.data(withJSONObject: members)
        return try ModelConfiguration(json: SharedBytes(Array(json)), file: "c")
    }

    @Test func everyFamilyIsThere() throws {
        #expect(try Set(Self.families().keys) == Set(ModelConfiguration.Architecture.allCases.map(\.rawValue)))
    }

    @Test(arguments: ModelConfiguration.Architecture.allCases)
    func nothingGiven(architecture: ModelConfiguration.Architecture) throws {
        let kind = architecture.rawValue
        let whole = try #require(Self.families()[kind]?["defaults"])
        let expected = try read(whole)
        #expect(try read(["model_type": kind]) == expected)
        for key in whole.keys where key != "model_type" {
            var without = whole
            without[key] = nil
            #expect(try read(without) == expected, "without \(key)")
        }
    }

    /// What transformers derives from other sizes, such as the number of keys and values, follows these.
    @Test(arguments: ModelConfiguration.Architecture.allCases)
    func someSizesGiven(architecture: ModelConfiguration.Architecture) throws {
        let family = try #require(Self.families()[architecture.rawValue])
        let (given, whole) = (try #require(family["given"]), try #require(family["whole"]))
        let found = try read(given)
        #expect(found == (try read(whole)))
        #expect(found.width == 64 && found.headCount == 8 && found.vocabularySize == 99)
    }
}
