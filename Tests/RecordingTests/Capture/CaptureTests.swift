import Recording
import Testing
import Transformer

@Suite struct CaptureTests {
    /// Of a model of 2 layers.
    let points: [HookPoint]

    init() throws { points = try Models.odd().hookPoints }

    private func names(_ text: String) throws -> [String] {
        try Capture(text, hookPoints: points).vectors.map(\.description)
    }

    @Test(arguments: [
        ("norm-stats", true, false, false), ("head-stats", false, true, false), ("stats", true, true, false),
        ("norm", true, true, false), ("residual", false, false, false), ("heads", false, false, false),
        ("patterns", false, false, false), ("loss", false, false, true), ("shares", false, false, false),
        ("lens", false, false, false),
        ("attribution", false, false, false), ("all", true, true, true),
    ])
    func presetsTurnOnExactlyTheirStatistics(_ text: String, norm: Bool, heads: Bool, predictions: Bool) throws {
        let capture = try Capture(text, hookPoints: points)
        #expect(capture.normStatistics == norm)
        #expect(capture.headStatistics == heads)
        #expect(capture.predictions == predictions)
        #expect(capture.shares == (text == "shares"))
        #expect(capture.lens == (text == "lens"))
        #expect(capture.attribution == (text == "attribution"))
        #expect(capture.text == text)
    }

    @Test(arguments: ["norm-stats", "head-stats", "stats", "loss", "shares", "lens", "attribution"])
    func statisticsKeepNoVectors(_ text: String) throws {
        #expect(try names(text).isEmpty)
    }

    @Test func normKeepsWhatEntersAndLeavesEveryNorm() throws {
        let sites = ["blocks.0.ln1", "blocks.0.ln2", "blocks.1.ln1", "blocks.1.ln2", "ln_final"]
        #expect(try names("norm") == sites.flatMap { ["\($0).hook_in", "\($0).hook_out"] })
    }

    @Test func residualKeepsTheStreamBeforeInAndAfterEachBlock() throws {
        #expect(
            try names("residual") == [
                "blocks.0.hook_resid_pre", "blocks.0.hook_resid_mid", "blocks.0.hook_resid_post",
                "blocks.1.hook_resid_pre", "blocks.1.hook_resid_mid", "blocks.1.hook_resid_post",
            ])
    }

    @Test func headsKeepWhatTheyReadAndWriteButNoPatterns() throws {
        let hooks = ["hook_q", "hook_k", "hook_v", "hook_z", "hook_result"]
        #expect(try names("heads") == [0, 1].flatMap { layer in hooks.map { "blocks.\(layer).attn.\($0)" } })
    }

    @Test func patternsKeepThePatternsOnly() throws {
        #expect(try names("patterns") == ["blocks.0.attn.hook_pattern", "blocks.1.attn.hook_pattern"])
    }

    @Test func allKeepsEveryHookPointButTheLogits() throws {
        #expect(try names("all") == points.map(\.description).filter { $0 != "logits" })
    }

    @Test(arguments: [
        ("blocks.*.ln1.hook_in", ["blocks.0.ln1.hook_in", "blocks.1.ln1.hook_in"]),
        ("blocks.1.hook_*_out", ["blocks.1.hook_attn_out", "blocks.1.hook_mlp_out"]),
        ("blocks.?.mlp.hook_pre", ["blocks.0.mlp.hook_pre", "blocks.1.mlp.hook_pre"]),
        ("blocks.[1].mlp.hook_pre", ["blocks.1.mlp.hook_pre"]),
        ("ln_final.hook_scale", ["ln_final.hook_scale"]),
        ("*embed", ["hook_embed", "hook_pos_embed"]),
        ("logits", ["logits"]),
    ])
    func globsMatchHookPoints(_ glob: String, expected: [String]) throws {
        #expect(try names(glob) == expected)
    }

    @Test func partsAreTakenTogetherWithoutDoublesInTheOrderOfTheForwardPass() throws {
        #expect(
            try names(" ln_final.hook_out , patterns,blocks.1.attn.hook_pattern,,ln_final.hook_out ,hook_embed") == [
                "hook_embed", "blocks.0.attn.hook_pattern", "blocks.1.attn.hook_pattern", "ln_final.hook_out",
            ])
        let both = try Capture("stats, loss", hookPoints: points)
        #expect(both.normStatistics && both.headStatistics && both.predictions)
    }

    @Test(arguments: ["nrom", "STATS", "hook_in"])
    func unknownNamesAreRefusedWithThePresets(_ text: String) throws {
        let error = #expect(throws: RecordingError.self) { try Capture("stats,\(text)", hookPoints: points) }
        #expect(error == .unknownCapture(text, presets: Capture.Preset.allCases.map(\.rawValue)))
        #expect(error?.description.contains("'\(text)'") == true)
    }

    @Test(arguments: ["blocks.2.*", "blocks.2.ln1.hook_in", "*.hook_nothing", "blocks.[2-9].ln1.hook_in"])
    func globsThatMatchNothingAreRefusedWithAnExample(_ glob: String) throws {
        let error = #expect(throws: RecordingError.self) { try Capture(glob, hookPoints: points) }
        #expect(error == .noHookPoint(glob: glob, example: "blocks.0.ln1.hook_in"))
    }

    @Test(arguments: ["", " ", ",", " , ,"])
    func nothingToCaptureIsRefused(_ text: String) throws {
        #expect(throws: RecordingError.self) { try Capture(text, hookPoints: points) }
    }
}
