import Foundation
import Recording
import Testing
import Transformer

/// Captured vectors of the fixture `odd` against what Hugging Face computed in float64.
@Suite struct VectorTests {
    let fixture: Fixture

    init() throws { fixture = try Fixture("odd") }

    @Test func everyCapturedVectorIsHuggingFaces() throws {
        let recorded = try Recorded(.tokenIDs(fixture.source), model: Models.odd(), capture: "all,logits")
        for point in try Models.odd().hookPoints {
            let hook = point.description
            for (number, sequence) in fixture.sequences.enumerated() {
                let expected = try #require(fixture.values(hook, sequence: number), "\(hook)")
                let found = try recorded.rows(
                    "SELECT vector FROM activation_vectors WHERE hook = ? AND sequence_id = ? ORDER BY position",
                    [hook, number + 1])
                #expect(found.count == sequence.count)
                // Heads lie one after another, and a token sees itself and those before it, so the fixture is the rows end to end.
                let rows = found.map { floats($0["vector"]) }
                try #require(rows.reduce(0) { $0 + $1.count } == expected.count, "\(hook)")
                var first = 0
                for (position, values) in rows.enumerated() {
                    let own = expected[first..<first + values.count]
                    first += values.count
                    let largest = own.map(abs).max() ?? 0
                    let difference = zip(values, own).map { abs($0 - $1) }.max() ?? 0
                    #expect(difference <= 5e-5 * largest, "\(hook), sequence \(number + 1), position \(position)")
                }
            }
        }
    }

    @Test func vectorsHaveTheLayoutOfTheirHookPoint() throws {
        let recorded = try Recorded(.tokenIDs(fixture.source), model: Models.odd(), capture: "all,logits")
        func sizes(_ hook: String) throws -> [Int] {
            try recorded.values(
                "SELECT length(vector) / 4 FROM activation_vectors WHERE hook = ? AND sequence_id = 2 ORDER BY position", [hook])
        }
        #expect(try sizes("blocks.0.hook_resid_pre") == Array(repeating: 40, count: 7))
        #expect(try sizes("blocks.1.ln2.hook_scale") == Array(repeating: 1, count: 7))
        #expect(try sizes("blocks.1.attn.hook_z") == Array(repeating: 40, count: 7))
        #expect(try sizes("blocks.1.attn.hook_result") == Array(repeating: 200, count: 7))
        #expect(try sizes("blocks.0.mlp.hook_pre") == Array(repeating: 72, count: 7))
        #expect(try sizes("logits") == Array(repeating: 97, count: 7))
        #expect(try sizes("blocks.0.attn.hook_attn_scores") == (1...7).map { 5 * $0 })
        #expect(try sizes("blocks.1.attn.hook_pattern") == (1...7).map { 5 * $0 })
        let heads = try recorded.rows("SELECT name, layer, head_count FROM hooks")
        for row in heads {
            let name: String = row["name"]
            #expect(row["head_count"] == (name.contains(".attn.") ? 5 : 1), "\(name)")
            #expect(row["layer"] as Int? == (name.hasPrefix("blocks.0.") ? 0 : name.hasPrefix("blocks.1.") ? 1 : nil), "\(name)")
        }
    }

    @Test func patternsOfEveryHeadAddUpToOne() throws {
        let recorded = try Recorded(.tokenIDs(fixture.source), model: Models.odd(), capture: "patterns")
        for row in try recorded.rows("SELECT position, head_count, vector FROM activation_vectors") {
            let keys = (row["position"] as Int) + 1
            let values = floats(row["vector"])
            for head in 0..<(row["head_count"] as Int) {
                let sum = values[head * keys..<(head + 1) * keys].reduce(0.0) { $0 + Double($1) }
                #expect(abs(sum - 1) < Double(keys) * Double(Float.ulpOfOne))
            }
        }
    }

    @Test func halfPrecisionIsTheNearestFloat16() throws {
        let full = try Recorded(.tokenIDs(fixture.source), model: Models.odd(), capture: "residual,patterns")
        let half = try Recorded(.tokenIDs(fixture.source), model: Models.odd(), capture: "residual,patterns") {
            $0.halfPrecision = true
        }
        #expect(try full.values("SELECT DISTINCT dtype FROM activation_vectors") == ["float32"])
        #expect(try half.values("SELECT DISTINCT dtype FROM activation_vectors") == ["float16"])
        let sql = "SELECT vector FROM activation_vectors ORDER BY hook, sequence_id, position"
        let (fulls, halves): ([Data], [Data]) = (try full.values(sql), try half.values(sql))
        #expect(fulls.count == 20 * 8)
        let expected = fulls.map {
            Data(
                floats($0).flatMap { value -> [UInt8] in
                    let bits = Float16(value).bitPattern
                    return [UInt8(bits & 0xff), UInt8(bits >> 8)]
                })
        }
        #expect(halves == expected)
    }

    @Test func statisticsDoNotChangeWithWhatElseIsCaptured() throws {
        let sql = "SELECT * FROM site_moments"
        let plain = try Recorded(.tokenIDs(fixture.source), model: Models.odd(), capture: "norm-stats")
        let full = try Recorded(.tokenIDs(fixture.source), model: Models.odd(), capture: "all,logits")
        #expect(try dump(plain.path, sql) == dump(full.path, sql))
    }
}
