import Foundation
import GRDB
import Processor
import Recording
import Schema
import Testing
import Transformer

/// Every table and key of a small recording: three sequences of the fixture `odd`, 20 tokens, 5 sites, 2 x 5 heads.
@Suite struct TablesTests {
    let recorded: Recorded
    let fixture: Fixture

    init() throws {
        fixture = try Fixture("odd")
        recorded = try Recorded(.tokenIDs(fixture.source), model: Models.odd(), capture: "all") { $0.label = "mine" }
    }

    @Test(arguments: [
        ("models", 1), ("runs", 1), ("sequences", 3), ("tokens", 20), ("sites", 5), ("norm_parameters", 200),
        ("attention_output_biases", 80), ("site_moments", 100), ("head_moments", 200), ("feature_moments", 200),
        ("components", 17), ("computed_pairs", 5), ("sequence_moments", 0), ("share_values", 0), ("lens_values", 0),
        ("attribution_targets", 0), ("attribution_values", 0), ("qk_moments", 0),
        ("qk_statistics", 0), ("scale_comoments", 15), ("scale_covariances", 15), ("largest_tokens", 100),
        ("largest_variances", 100),
        ("predictions", 20), ("hooks", 50), ("vectors", 1000),
        ("token_statistics", 100), ("head_statistics", 1000), ("feature_statistics", 600), ("gain_bias", 200),
        ("activation_vectors", 1000), ("token_predictions", 20),
    ])
    func everyTableAndViewHasItsRows(_ table: String, count: Int) throws {
        #expect(try recorded.value("SELECT count(*) FROM \(table)") == count)
    }

    @Test func theFileIsMarkedAsARecordingWithLargePagesAndNoWriteAheadLog() throws {
        #expect(try recorded.value("PRAGMA application_id") == Schema.applicationID)
        #expect(try recorded.value("PRAGMA user_version") == Schema.version)
        #expect(try recorded.value("PRAGMA page_size") == 16384)
        #expect(try recorded.value("PRAGMA journal_mode") == "delete")
        #expect(try recorded.value("PRAGMA integrity_check") == "ok")
        #expect(try recorded.rows("PRAGMA foreign_key_check").isEmpty)
    }

    @Test func everyTableIsStrict() throws {
        let loose: [String] = try recorded.values(
            "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite%'")
        #expect(loose.isEmpty)
    }

    @Test func tokensAreThoseOfTheInputInOrder() throws {
        let tokens: [Int32] = try recorded.values("SELECT token_id FROM tokens ORDER BY token_key")
        #expect(tokens == fixture.sequences.flatMap { $0 })
        let ranges = try recorded.rows("SELECT number, first_token, token_count FROM sequences ORDER BY sequence_id")
            .map { [$0["number"], $0["first_token"], $0["token_count"]] as [Int] }
        #expect(ranges == [[1, 1, 1], [2, 2, 7], [3, 9, 12]])
        let positions: [Int] = try recorded.values("SELECT position FROM tokens ORDER BY token_key")
        #expect(positions == fixture.sequences.flatMap { $0.indices })
    }

    @Test func keysDecodeToOneRowForEachTokenAndPlace() throws {
        let sites: [Int64] = try recorded.values("SELECT moments_key FROM site_moments ORDER BY moments_key")
        let places: [Int64] = (0..<100).map { ($0 / 5 + 1) * 1024 + $0 % 5 }
        #expect(sites == places)
        let heads: [Int64] = try recorded.values("SELECT moments_key FROM head_moments ORDER BY moments_key")
        var expected: [Int64] = []
        for token: Int64 in 1...20 {
            for layer: Int64 in 0..<2 {
                for head: Int64 in 0..<5 { expected.append((token * 1024 + layer) * 1024 + head) }
            }
        }
        #expect(heads == expected)
        let names = try recorded.rows("SELECT DISTINCT depth, site, layer, role FROM token_statistics ORDER BY depth").map {
            "\($0["depth"] as Int) \($0["site"] as String) \(($0["layer"] as Int?).map(String.init) ?? "-") \($0["role"] as String)"
        }
        #expect(
            names == [
                "0 blocks.0.ln1 0 ln1", "1 blocks.0.ln2 0 ln2", "2 blocks.1.ln1 1 ln1", "3 blocks.1.ln2 1 ln2",
                "4 ln_final - final",
            ])
    }

    @Test func theModelIsDescribed() throws {
        let row = try #require(try recorded.rows("SELECT * FROM models").first)
        let model = try Models.odd()
        let words = ["name", "source", "architecture", "norm", "placement", "activation"].map { row[$0] as String }
        #expect(words == ["odd", model.source, "gpt2", "layer_norm", "pre", "gelu_new"])
        let numbers = ["layers", "heads", "width", "head_width", "inner_width", "vocabulary", "context"].map { row[$0] as Int }
        #expect(numbers == [2, 5, 40, 8, 72, 97, 32])
        #expect(row["epsilon"] as Double == 1e-3)
        #expect(row["parameters"] as Int == model.parameterCount)
        #expect(row["fingerprint"] as String? == model.fingerprint())
    }

    @Test func theRunSaysWhoRanWhat() throws {
        let row = try #require(try recorded.rows("SELECT * FROM runs").first)
        let words = ["status", "capture", "label", "input", "norm_scheme", "version", "instruction_set"].map { row[$0] as String }
        #expect(
            words == ["complete", "all", "mine", "3 lists of token ids", "token", RecordingVersion.current, Compute.instructionSet])
        let numbers = ["sequences", "tokens", "process_id"].map { row[$0] as Int }
        #expect(numbers == [3, 20, Int(ProcessInfo.processInfo.processIdentifier)])
        #expect(UUID(uuidString: row["uuid"] as String) != nil)
        let seconds: Double = row["seconds"]
        #expect(seconds > 0)
        #expect(seconds == recorded.summary.seconds)
        let (started, finished): (String, String) = (row["started_at"], row["finished_at"])
        #expect(try Date(started, strategy: .iso8601) <= Date(finished, strategy: .iso8601))
        #expect(recorded.summary.isComplete && recorded.summary.tokens == 20 && recorded.summary.sequences == 3)
    }

    @Test func learnedParametersAreThoseOfTheCheckpoint() throws {
        let model = try Models.odd()
        for (depth, site) in model.sites.enumerated() {
            let rows = try recorded.rows("SELECT gain, bias FROM gain_bias WHERE depth = ? ORDER BY feature", [depth])
            let (gain, bias) = model.gainAndBias(at: site)
            #expect(rows.map { $0["gain"] as Double } == gain.map(Double.init))
            #expect(rows.map { $0["bias"] as Double } == bias.map(Double.init))
        }
        for layer in 0..<2 {
            let biases: [Double] = try recorded.values(
                "SELECT bias FROM attention_output_biases WHERE layer = ? ORDER BY feature", [layer])
            #expect(biases == model.attentionOutputBias(layer: layer).map(Double.init))
        }
    }

    @Test func statisticsAloneKeepNoVectorsAndNoPredictions() throws {
        let plain = try Recorded(.tokenIDs(fixture.source), model: Models.odd(), capture: "norm-stats")
        for (table, count) in ["site_moments": 100, "head_moments": 0, "predictions": 0, "hooks": 0, "vectors": 0] {
            #expect(try plain.value("SELECT count(*) FROM \(table)") == count, "\(table)")
        }
    }
}
