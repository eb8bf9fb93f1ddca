import GRDB
import Recording
import TestSupport
import Testing
import Transformer

/// What is recorded of a BERT (post-LN) and of Llamas (RMSNorm, shared keys), against transformers in float64.
@Suite struct ArchitectureTests {
    static let names = ["bert", "llama", "llama-biases"]
    private static let bar = 5e-5

    private func recorded(_ name: String, _ capture: String) throws -> (Model, Fixture, Recorded) {
        let model = try Model(directory: Paths.fixture(name))
        let fixture = try Fixture(name)
        return (model, fixture, try Recorded(.tokenIDs(fixture.source), model: model, capture: capture))
    }

    /// The fixture's values at a hook point, all sequences one after another.
    private func values(_ fixture: Fixture, _ hook: String) throws -> [Double] {
        try fixture.sequences.indices.flatMap { try #require(fixture.values(hook, sequence: $0), "\(hook)").map(Double.init) }
    }

    /// Each number within the bar of its own size: itself, or what it was computed of.
    private func expectClose(_ found: [Double], _ expected: [Double], _ what: String, sizes: [Double]? = nil) {
        #expect(found.count == expected.count && sizes?.count ?? found.count == found.count, "\(what)")
        for ((a, b), size) in zip(zip(found, expected), sizes ?? expected.map(abs)) where !(abs(a - b) <= Self.bar * size) {
            Issue.record("\(what): \(a), expected \(b)")
            return
        }
    }

    @Test func theModelsRowSaysWhatItIs() throws {
        let columns = "norm, placement, mask, heads, key_value_heads, unembedding"
        let expected = [
            "bert": "layer_norm|post|bidirectional|3|3|none", "llama": "rms_norm|pre|causal|6|2|separate",
            "llama-biases": "rms_norm|pre|causal|4|1|tied",
        ]
        for name in Self.names {
            let (_, _, recorded) = try recorded(name, "norm-stats")
            let row = try #require(try recorded.rows("SELECT \(columns) FROM models").first)
            let text = row.databaseValues.map { "\(String.fromDatabaseValue($0) ?? "\(Int.fromDatabaseValue($0) ?? -1)")" }
            #expect(text.joined(separator: "|") == expected[name])
        }
    }

    @Test func sitesAreInTheOrderOfTheData() throws {
        let bert = try recorded("bert", "norm-stats").2
        #expect(
            try bert.values("SELECT site FROM sites ORDER BY depth")
                == ["embed.ln", "blocks.0.ln1", "blocks.0.ln2", "blocks.1.ln1", "blocks.1.ln2"])
        #expect(try bert.values("SELECT role FROM sites ORDER BY depth") == ["embed", "ln1", "ln2", "ln1", "ln2"])
        let llama = try recorded("llama", "norm-stats").2
        #expect(
            try llama.values("SELECT site FROM sites ORDER BY depth")
                == ["blocks.0.ln1", "blocks.0.ln2", "blocks.1.ln1", "blocks.1.ln2", "ln_final"])
    }

    @Test(arguments: names)
    func whatEveryNormDividesByIsRecorded(name: String) throws {
        let (model, fixture, recorded) = try recorded(name, "norm-stats")
        for (depth, site) in model.sites.enumerated() {
            let scales: [Double] = try recorded.values(
                "SELECT scale FROM token_statistics WHERE depth = ? ORDER BY sequence_id, position", [depth])
            expectClose(scales, try values(fixture, "\(site).hook_scale"), "scale at \(site)")
            let width = model.configuration.width
            let inputs = try values(fixture, "\(site).hook_in")
            let means = stride(from: 0, to: inputs.count, by: width).map { inputs[$0..<$0 + width].reduce(0, +) / Double(width) }
            let found: [Double] = try recorded.values(
                "SELECT mean FROM token_statistics WHERE depth = ? ORDER BY sequence_id, position", [depth])
            let largest = stride(from: 0, to: inputs.count, by: width).map { inputs[$0..<$0 + width].map(abs).max() ?? 0 }
            expectClose(found, means, "mean at \(site)", sizes: largest)
        }
        #expect(try recorded.value("SELECT sum(pairs) FROM computed_pairs") == model.sites.count * fixture.sequences.joined().count)
    }

    @Test(arguments: names)
    func headsAreRecordedEachWithTheKeyAndValueItReads(name: String) throws {
        let (model, fixture, recorded) = try recorded(name, "head-stats")
        let c = model.configuration
        for layer in 0..<c.layerCount {
            for (hook, stored, width) in [
                ("q", c.headCount, c.headWidth), ("k", c.keyValueHeadCount, c.headWidth), ("v", c.keyValueHeadCount, c.headWidth),
                ("z", c.headCount, c.headWidth), ("result", c.headCount, c.width),
            ] {
                let x = try values(fixture, "blocks.\(layer).attn.hook_\(hook)")
                var (means, variances, sizes): ([Double], [Double], [Double]) = ([], [], [])
                for row in stride(from: 0, to: x.count, by: stored * width) {
                    for head in 0..<c.headCount {
                        let first = row + head * stored / c.headCount * width
                        let vector = x[first..<first + width]
                        let mean = vector.reduce(0, +) / Double(width)
                        means.append(mean)
                        sizes.append(vector.map(abs).max() ?? 0)
                        variances.append(vector.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width))
                    }
                }
                let rows = try recorded.rows(
                    """
                    SELECT mean, variance FROM head_statistics WHERE layer = ? AND hook = ?
                    ORDER BY sequence_id, position, head
                    """, [layer, hook])
                expectClose(rows.map { $0["mean"] }, means, "mean of \(hook)", sizes: sizes)
                expectClose(rows.map { $0["variance"] }, variances, "variance of \(hook)", sizes: sizes.map { $0 * $0 })
            }
        }
    }

    @Test(arguments: names)
    func attentionGoesToAllKeysThatTheMaskLeaves(name: String) throws {
        let (model, fixture, recorded) = try recorded(name, "patterns")
        let isCausal = model.configuration.attentionMask == .causal
        var own: [Double] = []
        var largest: [Double] = []
        let heads = model.configuration.headCount
        for sequence in fixture.sequences.indices {
            let pattern = try #require(fixture.values("blocks.1.attn.hook_pattern", sequence: sequence))
            let length = fixture.sequences[sequence].count
            var first = 0
            for position in 0..<length {
                let keys = isCausal ? position + 1 : length
                own += (0..<heads).map { Double(pattern[first + $0 * keys + position]) }
                largest += (0..<heads).map { Double(pattern[first + $0 * keys..<first + ($0 + 1) * keys].max() ?? 0) }
                first += heads * keys
            }
            #expect(first == pattern.count)
        }
        let found: [Double] = try recorded.values(
            "SELECT to_self FROM attention_statistics WHERE layer = 1 ORDER BY sequence_id, position, head")
        expectClose(found, own, "weight on the own position", sizes: largest)
    }

    @Test func hooksSayHowManyHeadsTheyHave() throws {
        let (_, _, recorded) = try recorded("llama", "all")
        func heads(_ hook: String) throws -> Int? {
            try recorded.value("SELECT head_count FROM hooks WHERE name = ?", ["blocks.0.attn.\(hook)"])
        }
        for hook in ["hook_q", "hook_rot_q", "hook_z", "hook_result", "hook_pattern"] { #expect(try heads(hook) == 6, "\(hook)") }
        for hook in ["hook_k", "hook_rot_k", "hook_v"] { #expect(try heads(hook) == 2, "\(hook)") }
    }

    @Test func aModelThatPredictsNothingHasNoLoss() throws {
        #expect(throws: RecordingError.predictsNothing(capture: "loss")) { try recorded("bert", "stats,loss") }
        #expect(throws: RecordingError.predictsNothing(capture: "lens")) { try recorded("bert", "lens") }
        let (_, _, all) = try recorded("bert", "all")
        #expect(try all.value("SELECT count(*) FROM predictions") == 0)
        #expect(try all.value("SELECT count(*) FROM hooks WHERE name = 'logits'") == 0)
    }
}
