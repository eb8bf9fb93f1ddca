import Checkpoints
import Foundation
import Testing

import Transformer

/// Keys that `config.json` lacks mean what transformers' configuration classes take for them (`Tools/make_configuration_defaults.py`).
@Suite struct TransformersDefaultsTests {
    private static func family(_ kind: String) throws -> [String: Any] {
        let file = TokenizerFixtures.root.appendingPathComponent("Tests/Fixtures/configurations.json")
        let found = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        let families = try #require(found as? [String: [String: Any]])
        #expect(families.count == ModelConfiguration.Architecture.allCases.count)
        return try #require(families[kind])
    }

    private func read(_ members: [String: Any]) throws -> ModelConfiguration {
        let json = try JSONSerialization.data(withJSONObject: members)
        return try ModelConfiguration(json: SharedBytes(Array(json)), file: "c")
    }

    @Test(arguments: ModelConfiguration.Architecture.allCases)
    func nothingGiven(architecture: ModelConfiguration.Architecture) throws {
        let kind = architecture.rawValue
        let whole = try #require(Self.family(kind)["defaults"] as? [String: Any])
        let expected = try read(whole)
        #expect(try read(["model_type": kind]) == expected)
        for key in whole.keys where key != "model_type" {
            var without = whole
            without[key] = nil
            #expect(try read(without) == expected, "without \(key)")
        }
    }

    /// What transformers derives from other sizes, such as the number of keys and values, follows these; and rotary positions are found
    /// wherever files have them.
    @Test(arguments: ModelConfiguration.Architecture.allCases)
    func someKeysGiven(architecture: ModelConfiguration.Architecture) throws {
        let cases = try #require(Self.family(architecture.rawValue)["given"] as? [[String: [String: Any]]])
        #expect(!cases.isEmpty)
        for found in cases {
            let given = try #require(found["given"])
            let (configuration, whole) = (try read(given), try read(#require(found["whole"])))
            #expect(configuration == whole, "\(given)")
            #expect(configuration.width == 64 && configuration.headCount == 8 && configuration.vocabularySize == 99)
        }
    }
}
