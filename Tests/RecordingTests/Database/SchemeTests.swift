import Checkpoints
import Foundation
import GRDB
import Recording
import TestSupport
import Testing
import Transformer

/// What is recorded of other normalization schemes and of shares, against PyTorch in float64 (Tools/norm_schemes.py).
@Suite struct SchemeTests {
    private func reference(_ fixture: String) throws -> Safetensors {
        try Safetensors(MappedFile(path: Paths.fixture("\(fixture)/schemes.safetensors")))
    }

    @Test(arguments: ["odd", "f16-untied", "bert", "llama"])
    func sharesAgreeWithPyTorchAndAddUpToOne(name: String) throws {
        let fixture = try Fixture(name)
        let model = try Model(directory: Paths.fixture(name))
        let recorded = try Recorded(.tokenIDs(fixture.source), model: model, capture: "shares")
        let reference = try reference(name)
        let parts = try #require(reference.metadata["parts"]).split(separator: ",").map(String.init)
        // Without the biases after the stream, which no norm's input has.
        let inStream = "SELECT name FROM components WHERE kind NOT IN ('norm_bias', 'unembed_bias') ORDER BY component"
        #expect(try recorded.values(inStream) == parts)
        for sequence in fixture.sequences.indices {
            for site in model.sites {
                let expected = try #require(reference.view("shares/\(sequence)/\(site)")).floats()
                let found: [Double] = try recorded.values(
                    """
                    SELECT share FROM component_shares v JOIN components c ON c.name = v.component
                    WHERE sequence_id = ? AND site = ? ORDER BY position, c.component
                    """, [sequence + 1, site.description])
                #expect(found.count == expected.count)
                // A token's shares are a row.
                let parts = expected.count / fixture.sequences[sequence].count
                for first in stride(from: 0, to: expected.count, by: parts) {
                    let row = expected[first..<first + parts].map(Double.init)
                    let scale = row.map(abs).max() ?? 1
                    for (value, share) in zip(found[first...], row) { #expect(abs(value - share) <= 5e-5 * scale) }
                }
            }
        }
        let sums: [Double] = try recorded.values("SELECT sum(share) FROM component_shares GROUP BY sequence_id, position, depth")
        #expect(sums.count == fixture.sequences.joined().count * model.sites.count)
        #expect(sums.allSatisfy { abs($0 - 1) <= 1e-6 })
    }

    /// Shares come site by site and are written token by token, in the order of their keys: SQLite then fills its pages. In another
    /// order it splits them, and packing the file anew makes it smaller by a tenth.
    @Test func sharesAreWrittenInTheOrderOfTheirKeys() throws {
        let ids = (0..<4).map { sequence in (0..<120).map { String(($0 * 7 + sequence) % 97) }.joined(separator: " ") }
        let recorded = try Recorded(.tokenIDs(ids), model: Models.micro(), capture: "shares") { $0.batchTokens = 240 }
        let shares: Int? = try recorded.value("SELECT count(*) FROM share_values")
        #expect(shares ?? 0 > 100_000)
        let queue = try DatabaseQueue(path: recorded.path)
        func pages() throws -> Int { try queue.read { try Int.fetchOne($0, sql: "PRAGMA page_count") } ?? 0 }
        let written = try pages()
        try queue.vacuum()
        let packed = try pages()
        #expect(Double(written) <= 1.02 * Double(packed), "\(written) pages become \(packed)")
    }

    @Test(arguments: ["odd", "f16-untied", "llama"])
    func distanceFromTheRealModelAgreesWithPyTorch(name: String) throws {
        let fixture = try Fixture(name)
        let model = try Model(directory: Paths.fixture(name))
        let reference = try reference(name)
        for (word, scheme) in [("feature", NormScheme.feature), ("sequence", .sequence), ("none", .none)] {
            let recorded = try Recorded(.tokenIDs(fixture.source), model: model, capture: "loss") { $0.scheme = scheme }
            for sequence in fixture.sequences.indices {
                let expected = try #require(reference.view("token/\(sequence)/kl/\(word)")).floats()
                let found: [Double] = try recorded.values(
                    "SELECT kl FROM token_predictions WHERE sequence_id = ? ORDER BY position", [sequence + 1])
                #expect(found.count == expected.count)
                for (value, kl) in zip(found, expected) { #expect(abs(value - Double(kl)) <= 5e-5 * max(1, Double(kl))) }
            }
        }
    }

    @Test func theRealModelHasNoDistanceFromItself() throws {
        let recorded = try Recorded(.texts(["so it is"]), model: Models.micro(), capture: "loss")
        #expect(try recorded.value("SELECT count(kl) FROM token_predictions") == 0)
    }

    @Test func pairsOfSequencesAreKept() throws {
        let texts = TextInput.Source.texts(["so it is", "war and hate"])
        let model = try Models.micro()
        let feature = try Recorded(texts, model: model, capture: "norm") { $0.scheme = .feature }
        #expect(try feature.value("SELECT count(*) FROM sequence_moments") == 2 * 13 * 128)
        // The kept pair is that of the feature's own values.
        let vectors = try feature.vectors("blocks.1.ln1.hook_in").prefix(3).map { Double($0[5]) }
        let mean = vectors.reduce(0, +) / 3
        let kept: Double? = try feature.value(
            "SELECT mean FROM sequence_moments WHERE sequence_id = 1 AND depth = 2 AND feature = 5")
        #expect(abs(try #require(kept) - mean) <= 1e-12 * max(1, abs(mean)))
        let all = try Recorded(texts, model: model) { $0.scheme = .sequence }
        #expect(try all.values("SELECT DISTINCT feature FROM sequence_moments") == [-1])
        #expect(try all.value("SELECT sum(pairs) FROM computed_pairs") == 2 * 13)
    }

    @Test func frozenScalesAreTheMeansOfARun() throws {
        let model = try Models.micro()
        let recorded = try Recorded(.texts(["so it is", "war and hate"]), model: model)
        let (scheme, uuid) = try NormScheme.frozen(from: recorded.path, run: nil, model: model)
        guard case .frozen(let scales) = scheme else { Issue.record("not frozen"); return }
        let zero: Double? = try recorded.value("SELECT avg(scale) FROM token_statistics WHERE depth = 4 AND position = 0")
        let others: Double? = try recorded.value("SELECT avg(scale) FROM token_statistics WHERE depth = 4 AND position > 0")
        let expected = NormScheme.FrozenScale(positionZero: try #require(zero), others: try #require(others))
        #expect(scales.count == 13)
        #expect(scales[4] == expected)
        #expect(try recorded.value("SELECT uuid FROM runs") == uuid)
        // An edited run is taken only when it is named.
        var options = Recording.Options()
        options.edits = [try Edit("blocks.0.hook_mlp_out = 0")]
        try Recording.record(TextInput(.texts(["so it is"]), model: model), model: model, to: recorded.path, options: options)
        #expect(try NormScheme.frozen(from: recorded.path, run: nil, model: model).uuid == uuid)
        #expect(try NormScheme.frozen(from: recorded.path, run: 2, model: model).uuid != uuid)
        #expect(throws: RecordingError.frozenNeedsRun(path: recorded.path, run: 9)) {
            try NormScheme.frozen(from: recorded.path, run: 9, model: model)
        }
        let odd = try Model(directory: Paths.fixture("odd"))
        #expect(throws: RecordingError.frozenMismatch(sites: 13, expected: 5)) {
            try NormScheme.frozen(from: recorded.path, run: nil, model: odd)
        }
    }

    @Test func cosinesAndAttentionAreThoseOfTheVectors() throws {
        let recorded = try Recorded(.texts(["so it is, war and hate"]), model: Models.micro(), capture: "norm-stats,norm,patterns")
        let (inputs, outputs) = (try recorded.vectors("blocks.2.ln2.hook_in"), try recorded.vectors("blocks.2.ln2.hook_out"))
        let cosines: [Double] = try recorded.values("SELECT in_out_cosine FROM token_statistics WHERE depth = 5 ORDER BY position")
        for (cosine, (x, y)) in zip(cosines, zip(inputs, outputs)) {
            func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
            #expect(abs(cosine - dot(x, y) / (dot(x, x) * dot(y, y)).squareRoot()) <= 1e-12)
        }
        let patterns = try recorded.vectors("blocks.3.attn.hook_pattern")
        let rows = try recorded.rows(
            "SELECT to_first, to_self, entropy FROM attention_statistics WHERE layer = 3 AND head = 1 ORDER BY position")
        #expect(rows.count == patterns.count)
        for (position, (pattern, row)) in zip(patterns, rows).enumerated() {
            let weights = pattern[(position + 1)..<(2 * (position + 1))].map(Double.init)
            let entropy = -weights.filter { $0 > 0 }.reduce(0) { $0 + $1 * log($1) }
            #expect(row["to_first"] == weights[0] && row["to_self"] == weights[position])
            #expect(abs((row["entropy"] as Double) - entropy) <= 1e-12 * max(1, entropy))
        }
    }
}
