import Checkpoints
import Foundation
import Queries
import Recording
import TestSupport
import Testing
import Transformer

/// What a stream predicts on its way, and what each part of it adds to a logit, against transformers in float64:
/// Tools/make_reading_fixtures.py.
@Suite struct ReadingTests {
    static let models = [
        "odd", "llama", "families/gemma2", "families/gpt_neox", "families/granite", "families/cohere", "families/olmo2",
        "families/phi", "families/bloom", "families/opt", "families/opt-post",
    ]

    @Test(arguments: models)
    func theLensShowsWhatTransformersMakesOfTheStream(name: String) throws {
        let reference = try Reference(name)
        let recorded = try Recorded(.tokenIDs([reference.text]), model: reference.model, capture: "lens,loss")
        let (layers, vocabulary) = (reference.model.configuration.layerCount, reference.model.configuration.vocabularySize)
        let lens = try reference.values("lens")
        #expect(lens.count == (layers + 1) * reference.ids.count * vocabulary)
        let rows = try recorded.rows("SELECT * FROM lens_predictions ORDER BY layer, position")
        try #require(rows.count == (layers + 1) * reference.ids.count)
        for (index, row) in rows.enumerated() {
            let expected = lens[index * vocabulary..<(index + 1) * vocabulary].map { $0 }
            // Of logits, 2e-6 of the largest.
            let bar = 4e-6 * (expected.map(abs).max() ?? 0)
            let entropy = -expected.reduce(0) { $0 + exp($1) * $1 }
            #expect(abs(row["entropy"] - entropy) <= bar)
            let position: Int = row["position"]
            if position + 1 < reference.ids.count {
                let own = expected[Int(reference.ids[position + 1])]
                #expect(abs(row["log_probability"] - own) <= bar)
                let rank: Int = row["rank"]
                #expect((expected.count { $0 > own + bar } + 1...expected.count { $0 >= own - bar }).contains(rank))
            } else {
                #expect(row["log_probability"] as Double? == nil && row["rank"] as Int? == nil)
            }
            let choices = try recorded.rows(
                "SELECT * FROM lens_tokens WHERE layer = ? AND position = ? ORDER BY choice", [row["layer"], position])
            #expect(choices.count == 5)
            for (choice, largest) in zip(choices, expected.sorted(by: >)) {
                #expect(abs(choice["log_probability"] - largest) <= bar)
                #expect(abs(expected[choice["next_token_id"] as Int] - largest) <= bar)
            }
            #expect(choices.first?["next_token_id"] as Int? == row["best_token_id"])
        }
        let ends = try recorded.rows(
            """
            SELECT l.log_probability IS p.log_probability AND l.entropy = p.entropy AND l.rank IS p.rank AS same
            FROM lens_predictions l JOIN token_predictions p USING (sequence_id, position) WHERE l.layer = \(layers)
            """)
        #expect(ends.count == reference.ids.count && ends.allSatisfy { $0["same"] })
    }

    @Test(arguments: models)
    func aLogitIsDividedAsTransformersDividesIt(name: String) throws {
        let reference = try Reference(name)
        let recorded = try Recorded(.tokenIDs([reference.text]), model: reference.model, capture: "attribution")
        let count = reference.ids.count
        try expect(recorded, reference, "attribution", tokens: count - 1)
        let logits = try reference.values("logits")
        let targets = try recorded.rows("SELECT * FROM attributed_logits ORDER BY position")
        #expect(targets.count == count)
        for (position, row) in targets.enumerated() {
            guard position + 1 < count else {
                #expect(row["answer_id"] as Int? == nil && row["logit"] as Double? == nil)
                continue
            }
            let next = Int(reference.ids[position + 1])
            #expect(row["answer_id"] == next)
            let width = reference.model.configuration.vocabularySize
            let logit = logits[position * width + next]
            let bar = 2e-6 * (logits[position * width..<(position + 1) * width].map(abs).max() ?? 0)
            #expect(abs(row["logit"] - logit) <= bar)
            let capped = reference.model.configuration.logitSoftCap.map { $0 * tanh(logit / $0) } ?? logit
            #expect(abs(row["predicted"] - capped) <= bar)
        }
    }

    @Test(arguments: models)
    func theDifferenceOfTwoLogitsIsDividedAtEveryToken(name: String) throws {
        let reference = try Reference(name)
        let recorded = try Recorded(.tokenIDs([reference.text]), model: reference.model, capture: "attribution") {
            ($0.answer, $0.against) = (3, 5)
        }
        try expect(recorded, reference, "difference", tokens: reference.ids.count)
        let targets = try recorded.rows("SELECT DISTINCT answer_id, against_id FROM attributed_logits")
        #expect(targets.map { [$0["answer_id"], $0["against_id"]] } == [[3, 5]])
    }

    /// By the last norm's scale the streams' logits add up from block to block; the lens has each stream's own.
    @Test(arguments: models)
    func streamsByTheLastScaleAreThoseOfTransformers(name: String) throws {
        let reference = try Reference(name)
        let recorded = try Recorded(.tokenIDs([reference.text]), model: reference.model, capture: "attribution")
        let (layers, tokens) = (reference.model.configuration.layerCount, reference.ids.count - 1)
        // Of a post-LN model the last alone.
        let frozen = name == "families/opt-post" ? nil : try reference.values("frozen")
        let query = try #require(try Queries.named("logit_by_layer"))
        for position in 0..<tokens {
            let rows = try recorded.rows(query.sql, ["sequence": 1, "position": position, "run": nil])
            #expect(rows.map { $0["layer"] as Int } == (frozen == nil ? [layers] : Array(0...layers)))
            let logits = rows.map { $0["logit"] as Double }
            guard let frozen else { continue }
            let expected = (0...layers).map { frozen[$0 * tokens + position] }
            let bar = 1e-5 * (expected.map(abs).max() ?? 0)
            for (found, value) in zip(logits, expected) { #expect(abs(found - value) <= bar, "\(position)") }
            for (row, (now, next)) in zip(rows, zip(logits, logits.dropFirst())) {
                #expect(abs(row["attention"] + row["mlp"] - (next - now)) <= bar)
            }
        }
    }

    /// Each part, and their sum.
    private func expect(_ recorded: Recorded, _ reference: Reference, _ tensor: String, tokens: Int) throws {
        let expected = try reference.values(tensor)
        let parts = try reference.parts
        #expect(expected.count == tokens * parts.count)
        for position in 0..<tokens {
            let rows = try recorded.rows(
                "SELECT component, contribution FROM logit_attributions WHERE position = ?", [position])
            let found = Dictionary(uniqueKeysWithValues: rows.map { ($0["component"] as String, $0["contribution"] as Double) })
            #expect(Set(found.keys) == Set(parts))
            let own = expected[position * parts.count..<(position + 1) * parts.count].map { $0 }
            let largest = own.map(abs).max() ?? 0
            for (part, value) in zip(parts, own) {
                #expect(abs((found[part] ?? .nan) - value) <= 2e-6 * largest, "\(part) at \(position)")
            }
            let (logit, against): (Double, Double?) = try {
                let row = try #require(
                    try recorded.rows("SELECT logit, against_logit FROM attributed_logits WHERE position = ?", [position]).first)
                return (row["logit"], row["against_logit"])
            }()
            #expect(abs(found.values.reduce(0, +) - (logit - (against ?? 0))) <= 1e-5 * largest)
        }
    }

    private struct Reference {
        let model: Model
        let ids: [Int32]
        private let file: Safetensors

        init(_ name: String) throws {
            model = try Model(directory: Paths.fixture(name))
            file = try Safetensors(MappedFile(path: Paths.fixture("\(name)/reading.safetensors")))
            ids = try #require(file.bytes(of: "ids")).withUnsafeBytes { raw in
                stride(from: 0, to: raw.count, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: Int32.self) }
            }
        }

        var text: String { ids.map(String.init).joined(separator: " ") }
        var parts: [String] { get throws { try #require(file.metadata["parts"]).split(separator: ",").map(String.init) } }

        func values(_ name: String) throws -> [Double] { try #require(file.view(name)?.floats()).map(Double.init) }
    }
}
