import Foundation
import GRDB
import Recording
import Testing
import Transformer

/// The statistics in the views against the same recording's vectors, by definition and in double precision.
@Suite struct StatisticsTests {
    static let models = ["odd", "micro"]
    let bar = 1e-12

    private func recorded(_ name: String, capture: String = "all") throws -> Recorded {
        name == "odd"
            ? try Recorded(.tokenIDs(Fixture("odd").source), model: Models.odd(), capture: capture)
            : try Recorded(.texts(["They said hatred was ok.", "war violence hate fear"]), model: Models.micro(), capture: capture)
    }

    @Test(arguments: models)
    func tokenStatisticsAreThoseOfTheVectors(_ name: String) throws {
        let recorded = try recorded(name)
        let epsilon: Double = try #require(try recorded.value("SELECT epsilon FROM models"))
        let sites: [String] = try recorded.values("SELECT site FROM sites ORDER BY depth")
        for site in sites {
            let rows = try recorded.rows("SELECT * FROM token_statistics WHERE site = ? ORDER BY sequence_id, position", [site])
            let inputs = try recorded.vectors("\(site).hook_in")
            let normalized = try recorded.vectors("\(site).hook_normalized")
            let outputs = try recorded.vectors("\(site).hook_out")
            try #require(rows.count == inputs.count && !rows.isEmpty)
            for (index, row) in rows.enumerated() {
                let m = Moments(inputs[index])
                expect(row, "mean", m.mean, of: m.rms)
                expect(row, "variance", m.variance)
                expect(row, "scale", (m.variance + epsilon).squareRoot())
                expect(row, "l2_norm", m.rms * Double(inputs[index].count).squareRoot())
                expect(row, "skewness", m.skewness, of: m.cubes)
                expect(row, "kurtosis", m.kurtosis)
                let largest = inputs[index].map(abs).max() ?? 0
                #expect(row["minimum"] as Double? == inputs[index].min().map(Double.init))
                #expect(row["maximum"] as Double? == inputs[index].max().map(Double.init))
                #expect(row["abs_max"] as Double? == Double(largest))
                #expect(row["abs_max_feature"] == inputs[index].firstIndex { abs($0) == largest })
                #expect(row["nonfinite"] == 0)
                let (n, o) = (Moments(normalized[index]), Moments(outputs[index]))
                expect(row, "normalized_mean", n.mean, of: n.rms)
                expect(row, "normalized_variance", n.variance)
                expect(row, "out_mean", o.mean, of: o.rms)
                expect(row, "out_variance", o.variance)
                expect(row, "out_l2_norm", o.rms * Double(outputs[index].count).squareRoot())
            }
        }
    }

    @Test(arguments: models)
    func theScaleIsTheOneTheForwardPassDividedBy(_ name: String) throws {
        let recorded = try recorded(name)
        let rows = try recorded.rows(
            """
            SELECT s.scale, v.vector FROM token_statistics s
            JOIN activation_vectors v ON v.sequence_id = s.sequence_id AND v.position = s.position AND v.hook = s.site || '.hook_scale'
            """)
        #expect(rows.count == (try recorded.value("SELECT count(*) FROM token_statistics")))
        for row in rows {
            let used = Double(floats(row["vector"])[0])
            #expect(deviation(row["scale"], used, of: used) < 1e-6)  // float32 in the pass
        }
    }

    @Test(arguments: models)
    func headStatisticsAreThoseOfTheVectors(_ name: String) throws {
        let recorded = try recorded(name)
        try compareHeads(of: recorded, with: recorded, hooks: ["q", "k", "v", "z", "result"], bar: bar)
    }

    @Test(arguments: models)
    func resultStatisticsWithoutResultVectorsAgreeWithTheVectors(_ name: String) throws {
        try compareHeads(of: recorded(name, capture: "head-stats"), with: recorded(name), hooks: ["result"], bar: 1e-5)
    }

    private func compareHeads(of statistics: Recorded, with vectors: Recorded, hooks: [String], bar: Double) throws {
        let (layers, heads): (Int, Int) = (
            try #require(try vectors.value("SELECT layers FROM models")),
            try #require(try vectors.value("SELECT heads FROM models"))
        )
        for layer in 0..<layers {
            for hook in hooks {
                let whole = try vectors.vectors("blocks.\(layer).attn.hook_\(hook)")
                for head in 0..<heads {
                    let rows = try statistics.rows(
                        "SELECT * FROM head_statistics WHERE layer = ? AND hook = ? AND head = ? ORDER BY sequence_id, position",
                        [layer, hook, head])
                    try #require(rows.count == whole.count)
                    for (row, vector) in zip(rows, whole) {
                        let width = vector.count / heads
                        let m = Moments(vector[head * width..<(head + 1) * width])
                        expect(row, "mean", m.mean, of: m.rms, bar: bar)
                        expect(row, "variance", m.variance, bar: bar)
                        expect(row, "l2_norm", m.rms * Double(width).squareRoot(), bar: bar)
                    }
                }
            }
        }
    }

    private func expect(
        _ row: Row, _ column: String, _ value: Double, of size: Double? = nil, bar: Double = 1e-12,
        at place: SourceLocation = #_sourceLocation
    ) {
        let found: Double? = row[column]
        let difference = found.map { deviation($0, value, of: size ?? value) } ?? .infinity
        #expect(difference <= bar, "\(column): \(String(describing: found)), by definition \(value)", sourceLocation: place)
    }
}
