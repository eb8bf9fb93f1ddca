import Recording
import TestSupport
import Testing
import Transformer

/// Shares where norms stand on the branch: what each head adds to the stream is its result by the scale and the gain of the norm after
/// the attention. Against what transformers computes in float64.
@Suite struct BranchShareTests {
    @Test(arguments: ["gemma2", "gemma3", "olmo2", "olmo3", "granite", "gpt_neox", "cohere"])
    func theyAreThoseOfWhatIsAdded(name: String) throws {
        let fixture = try Fixture("families/\(name)")
        let model = try Model(directory: Paths.fixture("families/\(name)"))
        let recorded = try Recorded(.tokenIDs(fixture.source), model: model, capture: "shares")
        let width = model.configuration.width
        var compared = 0
        for (sequence, ids) in fixture.sequences.enumerated() {
            for site in model.sites where !site.isOfQueriesOrKeys && site.role != .ln1Post && site.role != .ln2Post {
                let inputs = try #require(fixture.values("\(site).hook_in", sequence: sequence)).map(Double.init)
                let rows = try recorded.rows(
                    "SELECT position, component, share FROM component_shares WHERE sequence_id = ? AND site = ?",
                    [sequence + 1, site.description])
                #expect(rows.count >= ids.count)
                for row in rows {
                    let (position, component): (Int, String) = (row["position"], row["component"])
                    let part = try added(component, fixture, model, sequence: sequence, position: position)
                    let x = inputs[position * width..<(position + 1) * width]
                    let expected = covariance(part[...], x) / covariance(x, x)
                    #expect(abs(row["share"] - expected) <= 1e-5, "\(component) at \(site)")
                    compared += 1
                }
            }
        }
        #expect(compared >= 90)
    }

    /// What a component adds to the stream.
    private func added(
        _ component: String, _ fixture: Fixture, _ model: Model, sequence: Int, position: Int
    ) throws -> [Double] {
        let width = model.configuration.width
        // hook_embed; blocks.1.hook_mlp_out; blocks.1.attn.b_O; blocks.1.attn.hook_result.3
        let words = component.split(separator: ".")
        guard words.count > 3, let layer = Int(words[1]) else {
            return try row(component, fixture, sequence, position, width: width)
        }
        if words[3] == "b_O" {
            let bias = model.attentionOutputBias(layer: layer).map(Double.init)
            return try pull(bias, fixture, model, layer: layer, sequence: sequence, position: position)
        }
        let head = try #require(Int(words[4]))
        let results = try row(
            "blocks.\(layer).attn.hook_result", fixture, sequence, position, width: width * model.configuration.headCount)
        let own = Array(results[head * width..<(head + 1) * width])
        return try pull(own, fixture, model, layer: layer, sequence: sequence, position: position)
    }

    /// A part of what the attention writes, after the norm of it.
    private func pull(
        _ values: [Double], _ fixture: Fixture, _ model: Model, layer: Int, sequence: Int, position: Int
    ) throws -> [Double] {
        let site = NormSite.block(layer, .ln1Post)
        guard model.sites.contains(site) else { return values }
        let scale = try row("\(site).hook_scale", fixture, sequence, position, width: 1)[0]
        return zip(values, model.gainAndBias(at: site).gain).map { $0 * Double($1) / scale }
    }

    private func row(_ hook: String, _ fixture: Fixture, _ sequence: Int, _ position: Int, width: Int) throws -> [Double] {
        try #require(fixture.values(hook, sequence: sequence), "\(hook)")[position * width..<(position + 1) * width].map(
            Double.init)
    }

    private func covariance(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
        let (meanA, meanB) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
        return zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) } / Double(a.count)
    }
}
