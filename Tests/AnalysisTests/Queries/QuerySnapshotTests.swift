import Reading
import Testing

/// What each query answers on the fixture, whose numbers can be followed by hand.
@Suite struct QuerySnapshotTests {
    private func expect(_ name: String, _ values: [String: String] = [:], _ expected: String) throws {
        let fixture = try RecordingFixture(vectors: false)
        #expect(try ReadOnlyDatabase(path: fixture.path).csv(name, values: values) == expected + "\n")
    }

    @Test func howManyStatistics() throws {
        try expect(
            "how_many_statistics", [:],
            """
            1,token,yes,3,6,18,18,rows of token_statistics: one for each token and site,36,18
            1,token and head,no,3,12,36,,"the same rows x heads: there are no such rows, these norms have no heads",72,
            1,feature,no,3,4,12,,rows of feature_statistics (one stage): one for each feature and site,24,
            1,all,no,3,1,3,,sites: one for all tokens and features,6,
            """)
    }

    @Test func normalizationAxis() throws {
        try expect(
            "normalization_axis", [:],
            """
            0,blocks.0.ln1,6,0.0,1.0,1.0,4,-1.0,1.0,0.0,0.0,layer_norm,1.0,1.0
            1,blocks.0.ln2,6,0.0,1.0,1.0,4,-1.0,1.0,0.0,0.0,layer_norm,1.0,1.0
            2,ln_final,6,0.0,1.0,1.0,4,-1.0,1.0,0.0,0.0,layer_norm,1.0,1.0
            """)
    }

    /// " ok" stands last in both sequences, behind other tokens.
    @Test func contextIndependence() throws {
        let both = """
            0,blocks.0.ln1,0,,1,1.2
            1,blocks.0.ln2,0,,1,\(33 / 32.5)
            2,ln_final,0,,1,\(39 / 44.5)
            """
        try expect("context_independence", ["max_tokens": "4"], both)
        try expect("context_independence", ["max_tokens": "3"], "0,blocks.0.ln1,0,,0,\n1,blocks.0.ln2,0,,0,\n2,ln_final,0,,0,")
        try expect(
            "context_independence", ["max_position": "1"], "0,blocks.0.ln1,0,,0,\n1,blocks.0.ln2,0,,0,\n2,ln_final,0,,0,")
    }

    @Test func tokenVariance() throws {
        let rows = """
            ,,hatred,0,0,,,,,
            0,blocks.0.ln1, ok,2,1,22.5,9.0,36.0,13.5,1.0
            0,blocks.0.ln1,ok,1,0,25.0,25.0,25.0,0.0,1.0
            1,blocks.0.ln2, ok,2,1,32.5,16.0,49.0,16.5,1.0
            1,blocks.0.ln2,ok,1,0,36.0,36.0,36.0,0.0,1.0
            2,ln_final, ok,2,1,44.5,25.0,64.0,19.5,1.0
            2,ln_final,ok,1,0,49.0,49.0,49.0,0.0,1.0
            """
        try expect("token_variance", [:], rows)
        try expect("token_variance", ["tokens": " ok,, hatred ,ok,", "run": "1"], rows)
        try expect("token_variance", ["tokens": "'; --"], ",,'; --,0,0,,,,,")
    }

    @Test func spikiestTokens() throws {
        try expect(
            "spikiest_tokens", ["limit": "2"],
            """
            blocks.0.ln1,1,0, ok,2,2,36.0,1.0,12.0,2
            blocks.0.ln1,2,0,ok,2,1,25.0,1.0,10.0,2
            blocks.0.ln1,1,1, ok,2,0,16.0,1.0,8.0,2
            blocks.0.ln1,2,1,hat,1,0,1.0,1.0,2.0,2
            """)
        try expect(
            "spikiest_tokens", ["site": "ln_final", "limit": "1"],
            "ln_final,1,0, ok,2,2,64.0,1.0,14.0,2\nln_final,1,1, ok,2,0,36.0,1.0,10.0,2")
    }

    @Test func varianceByDepth() throws {
        try expect(
            "variance_by_depth", [:],
            """
            0,blocks.0.ln1,4,18.5,4.0,,2,8.5,2.5,0.625,layer_norm,pre,stream
            1,blocks.0.ln2,4,27.5,5.0,\(27.5 / 18.5),2,14.5,3.5,0.7,layer_norm,pre,stream
            2,ln_final,4,38.5,6.0,1.4,2,22.5,4.5,0.75,layer_norm,pre,stream
            """)
    }

    @Test func gainAndBias() throws {
        let site = "4,0.5,-1.0,2.0,\(1.5.squareRoot()),0.25,1,1.0,4.25"
        try expect("gain_and_bias", [:], "0,blocks.0.ln1,\(site)\n1,blocks.0.ln2,\(site)\n2,ln_final,\(site)")
    }

    @Test func headWrites() throws {
        try expect("head_writes", [:], "0,1,4,4.0,0.0,1,2,4.0,0.0\n0,0,4,2.0,1.0,2,2,2.0,1.0")
    }
}
