import Foundation
import Output
import Reading
import Testing
import Verifying

/// A sound recording passes every check; each planted fault is found by the check that is for it.
@Suite struct VerifierTests {
    private func checks(_ fixture: RecordingFixture) throws -> [String: Check] {
        Dictionary(try Verifier(path: fixture.path).run().map { ($0.name, $0) }) { first, _ in first }
    }

    @Test(arguments: [false, true]) func soundRecordingPasses(half: Bool) throws {
        let fixture = try RecordingFixture(half: half)
        let checks = try Verifier(path: fixture.path).run()
        // Of one scheme, made by hand, without logits, of a model that has no norms of queries and keys.
        let absent = Set(
            [
                "sequence moment rows", "sequence moments", "recomputed predictions", "checksums", "query and key rows",
                "recomputed query and key statistics",
            ]
                + (half ? [] : ["float16 range"]))
        for check in checks {
            if absent.contains(check.name) {
                #expect(check.state == .notRecorded, "\(check)")
                continue
            }
            #expect(check.state == .ok, "\(check)")
            #expect(check.compared > 0)
            #expect((check.deviation ?? .infinity) <= (check.bar ?? 0))
        }
        #expect(checks.count == 49)
        #expect(checks.first { $0.name == "integrity" }?.compared == 1)
    }

    @Test func whatIsNotRecordedIsSaid() throws {
        let checks = try checks(RecordingFixture(vectors: false))
        for name in ["vectors", "squared norm", "sum over heads", "resid_mid", "resid_post", "gain and bias", "attention patterns"]
        {
            #expect(checks[name]?.state == .notRecorded, "\(name)")
        }
        #expect(checks["normalized mean"]?.state == .ok)
    }

    private static func vector(_ hook: String, _ values: [Double]) -> String {
        "UPDATE vectors SET vector = \(RecordingFixture.blob(values)) WHERE token_key = 2 AND hook_id = (SELECT hook_id FROM hooks WHERE name = '\(hook)')"
    }

    @Test(arguments: [
        ("foreign keys", "UPDATE tokens SET sequence_id = 77 WHERE token_key = 2"),
        ("sequences", "UPDATE tokens SET position = 7 WHERE token_key = 2"),
        ("sequences", "UPDATE sequences SET token_count = 2 WHERE sequence_id = 2"),
        ("site keys", "UPDATE site_moments SET moments_key = 99 * 1024 WHERE moments_key = 1024"),
        ("site keys", "UPDATE site_moments SET moments_key = 1024 + 50 WHERE moments_key = 1024"),
        ("head keys", "UPDATE head_moments SET moments_key = moments_key + 9 WHERE moments_key = 1048577"),
        ("run totals", "UPDATE runs SET tokens = 7"),
        ("site rows", "DELETE FROM site_moments WHERE moments_key = 1024"),
        ("feature rows", "DELETE FROM feature_moments WHERE feature = 2"),
        ("feature rows", "UPDATE feature_moments SET n = 5 WHERE feature = 2"),
        ("head rows", "DELETE FROM head_moments WHERE moments_key = 1048577"),
        ("vectors", "DELETE FROM vectors WHERE vector_id = 5"),
        ("vectors", "UPDATE hooks SET name = 'blocks.0.hook_other' WHERE hook_id = 1"),
        ("prediction rows", "DELETE FROM predictions WHERE token_key = 5"),
        ("normalized mean", "UPDATE site_moments SET normalized_mean = 1e-6 WHERE moments_key = 1025"),
        ("normalized variance", "UPDATE models SET epsilon = 1e-3"),
        ("skewness and kurtosis", "UPDATE site_moments SET skewness = 0.1 WHERE moments_key = 1025"),
        ("bounds", "UPDATE site_moments SET maximum = mean - 1 WHERE moments_key = 1025"),
        ("bounds", "UPDATE site_moments SET variance = -1 WHERE moments_key = 1025"),
        ("features against tokens", "UPDATE feature_moments SET in_mean = in_mean + 1e-6 WHERE depth = 1 AND feature = 1"),
        ("squared norm", "UPDATE site_moments SET mean = mean * (1 + 1e-11) WHERE moments_key = 2048"),
        ("recomputed statistics", "UPDATE site_moments SET kurtosis = kurtosis + 1e-11 WHERE moments_key = 2048"),
        ("recomputed statistics", "UPDATE site_moments SET out_mean = out_mean + 1e-10 WHERE moments_key = 2048"),
        (
            "recomputed statistics",
            "UPDATE vectors SET vector = x'00' WHERE hook_id = (SELECT hook_id FROM hooks WHERE name = 'ln_final.hook_in')"
        ),
        ("largest value", "UPDATE site_moments SET abs_max_feature = 0 WHERE moments_key = 2048"),
        ("recomputed head statistics", "UPDATE head_moments SET z_variance = 0.26 WHERE moments_key = 1048577"),
        ("sum over heads", "UPDATE attention_output_biases SET bias = 2.001 WHERE feature = 3"),
        ("resid_mid", vector("blocks.0.hook_attn_out", [-1, -1, 1, 1.001])),
        ("resid_post", vector("blocks.0.hook_mlp_out", [-1, -1, 1, 1.001])),
        ("gain and bias", "UPDATE norm_parameters SET gain = 1.0001 WHERE depth = 2 AND feature = 0"),
        ("attention patterns", vector("blocks.0.attn.hook_pattern", [0.5, 0.5001, 0.5, 0.5])),
        ("attention rows", "DELETE FROM attention_moments WHERE moments_key = 1048577"),
        ("attention bounds", "UPDATE attention_moments SET to_first = 0.9 WHERE moments_key = 1048577"),
        ("attention bounds", "UPDATE attention_moments SET entropy = 2 WHERE moments_key = 3 * 1048576"),
        ("recomputed attention", "UPDATE attention_moments SET to_self = 0.25 WHERE moments_key = 3 * 1048576"),
        ("share rows", "DELETE FROM share_values WHERE share_key = 1024 * 4096 + 1"),
        ("share rows", "DELETE FROM share_values WHERE (share_key >> 12) & 1023 = 1"),
        ("other keys", "UPDATE share_values SET share_key = share_key + 9 WHERE share_key = 1024 * 4096 + 1"),
        ("other keys", "UPDATE attention_moments SET moments_key = moments_key + 99 * 1048576 WHERE moments_key = 1048577"),
        ("prediction bounds", "UPDATE predictions SET rank = 15 WHERE token_key = 1"),
        ("prediction bounds", "UPDATE predictions SET log_probability = -0.5, rank = 1 WHERE token_key = 3"),
        ("prediction bounds", "UPDATE predictions SET entropy = 9 WHERE token_key = 3"),
        ("prediction bounds", "UPDATE predictions SET kl = -1 WHERE token_key = 3"),
        ("computed pairs", "UPDATE computed_pairs SET pairs = 5 WHERE depth = 1"),
        ("computed pairs", "DELETE FROM computed_pairs WHERE depth = 1"),
        ("sequence moment rows", "INSERT INTO sequence_moments VALUES (1, 0, -1, 1, 1)"),
        ("shares", "UPDATE share_values SET share = share + 1e-5 WHERE share_key = 1024 * 4096"),
        ("lens rows", "DELETE FROM lens_values WHERE lens_key = 1025"), ("lens rows", "DELETE FROM lens_values"),
        ("lens bounds", "UPDATE lens_values SET rank = 3 WHERE lens_key = 1025"),
        ("lens bounds", "UPDATE lens_values SET entropy = 9 WHERE lens_key = 3 * 1024"),
        ("lens bounds", "UPDATE lens_values SET log_probability_2 = -0.4 WHERE lens_key = 1025"),
        ("lens bounds", "UPDATE lens_values SET log_probability_1 = -0.5000001 WHERE lens_key = 1025"),
        ("lens end", "UPDATE lens_values SET entropy = 1.5001 WHERE lens_key = 1025"),
        ("lens end", "UPDATE predictions SET log_probability = -0.5001 WHERE token_key = 4"),
        ("other keys", "UPDATE lens_values SET lens_key = lens_key + 9 WHERE lens_key = 1025"),
        ("other keys", "UPDATE attribution_values SET attribution_key = attribution_key + 9 WHERE attribution_key = 4097"),
        ("other keys", "UPDATE attribution_targets SET token_key = 99 WHERE token_key = 3"),
        ("attribution rows", "DELETE FROM attribution_values WHERE attribution_key = 4096"),
        ("attribution rows", "DELETE FROM attribution_targets WHERE token_key = 3"),
        ("attribution rows", "UPDATE attribution_values SET contribution = 1 WHERE attribution_key = 3 * 4096"),
        ("attribution", "UPDATE attribution_values SET contribution = contribution + 3e-5 WHERE attribution_key = 4096"),
        ("attribution", "UPDATE attribution_targets SET logit = 1.50003, predicted = 1.50003 WHERE token_key = 2"),
        ("attributed logits", "UPDATE attribution_targets SET predicted = 1.50003 WHERE token_key = 1"),
        ("attributed logits", "UPDATE models SET logit_soft_cap = 2"),
        ("attributed logits", "UPDATE attribution_targets SET answer_id = 10 WHERE token_key = 1"),
        ("attributed logits", "UPDATE attribution_targets SET answer_id = NULL WHERE token_key = 1"),
        (
            "kept sums",
            "UPDATE statistic_sums SET mean = mean * (1 + 1e-8) WHERE statistic = 'variance' AND place = 1 AND positions = 2"
        ),
        (
            "kept sums",
            "UPDATE statistic_sums SET m2 = m2 * (1 + 1e-8) WHERE statistic = 'variance' AND place = 1 AND positions = 2"
        ),
        ("kept sums", "UPDATE statistic_sums SET n = n + 1 WHERE statistic = 'q_l2_norm' AND head = 1 AND positions = 0"),
        (
            "kept sums",
            "UPDATE statistic_sums SET maximum = 37 WHERE facts = 'site_moments' AND statistic = 'variance' AND positions = 2"
        ),
        ("kept sums", "UPDATE statistic_sums SET minimum_token = minimum_token + 1 WHERE statistic = 'variance' AND positions = 2"),
        ("kept sums", "DELETE FROM statistic_sums WHERE statistic = 'even' AND positions = 1"),
        ("kept sums", "UPDATE site_moments SET out_mean = 0.51 WHERE moments_key = 2048"),
        ("kept co-moments", "UPDATE scale_comoments SET comoment = comoment * (1 + 1e-8) WHERE depth = 2 AND other_depth = 1"),
        ("kept co-moments", "DELETE FROM scale_comoments WHERE depth = 2 AND other_depth = 0"),
        ("kept largest", "UPDATE largest_feature_sums SET at_position_0 = 1 WHERE depth = 1"),
        ("kept largest", "UPDATE largest_feature_sums SET sigma_sum = sigma_sum * (1 + 1e-8) WHERE depth = 1"),
        ("kept largest", "UPDATE largest_tokens SET token_key = 2 WHERE depth = 1 AND position_0 = 0 AND rank = 1"),
        ("kept largest", "DELETE FROM largest_tokens WHERE depth = 0 AND position_0 = 1 AND rank = 2"),
        // Nothing at all is there of what the capture asks for.
        ("site rows", "DELETE FROM site_moments"), ("feature rows", "DELETE FROM feature_moments"),
        ("head rows", "DELETE FROM head_moments"),
        ("attention rows", "DELETE FROM attention_moments"), ("prediction rows", "DELETE FROM predictions"),
        ("vectors", "DELETE FROM vectors"),
        // The mean alone, the mean square alone, both too small.
        (
            "features against tokens",
            "UPDATE feature_moments SET in_m2 = in_m2 + n * (2e-3 * in_mean - 1e-6), in_mean = in_mean - 1e-3 WHERE depth = 1"
        ),
        ("features against tokens", "UPDATE feature_moments SET in_m2 = in_m2 * (1 - 1e-6) WHERE depth = 1"),
        // Half as much again as is allowed.
        ("recomputed statistics", "UPDATE site_moments SET skewness = 1.5e-12 WHERE moments_key = 1025"),
        ("recomputed statistics", "UPDATE site_moments SET kurtosis = 1 + 1.5e-12 WHERE moments_key = 1025"),
    ]) func faultIsFound(check: String, fault: String) throws {
        let fixture = try RecordingFixture()
        try fixture.execute(fault)
        let found = try #require(try checks(fixture)[check])
        #expect(found.state == .failed)
        #expect(found.detail?.isEmpty == false)
    }

    /// Under a soft-cap, and of the difference of two logits.
    @Test func logitsThatWereCappedOrComparedAreRight() throws {
        let capped = try RecordingFixture()
        try capped.execute(
            "UPDATE models SET logit_soft_cap = 2; UPDATE attribution_targets SET predicted = \(2 * tanh(0.75)) WHERE logit IS NOT NULL"
        )
        for name in ["attribution", "attributed logits"] { #expect(try checks(capped)[name]?.state == .ok) }
        let compared = try RecordingFixture()
        let answers =
            "UPDATE attribution_targets SET answer_id = 10, logit = 4, predicted = 4, against_id = 12, against_logit = 2.5"
        try compared.execute(
            "\(answers), against_predicted = 2.5; UPDATE attribution_values SET contribution = 0.75 WHERE contribution IS NULL")
        for name in ["attribution", "attributed logits", "attribution rows"] {
            #expect(try checks(compared)[name]?.state == .ok, "\(name)")
        }
        try compared.execute("UPDATE attribution_targets SET against_predicted = 2.6 WHERE token_key = 2")
        #expect(try checks(compared)["attributed logits"]?.state == .failed)
        try compared.execute("UPDATE attribution_targets SET against_predicted = 2.5, against_id = 11 WHERE token_key = 2")
        #expect(try checks(compared)["attributed logits"]?.state == .failed)
    }

    @Test func placeOfAFaultIsNamed() throws {
        let fixture = try RecordingFixture()
        try fixture.execute("UPDATE site_moments SET normalized_mean = 0.5 WHERE moments_key = 5 * 1024 + 2")
        let found = try #require(try checks(fixture)["normalized mean"])
        #expect(found.deviation == 0.5)
        #expect(found.detail == "mean of hook_normalized at depth 2, run 1, sequence 2, position 1")
    }

    @Test func valuesThatAreNotFiniteAreLeftOut() throws {
        let fixture = try RecordingFixture()
        try fixture.execute(
            "UPDATE site_moments SET nonfinite = 1, mean = NULL, variance = NULL WHERE moments_key = 1024;"
                + Self.vector("blocks.0.hook_resid_pre", [.nan, 1, 1, 1]))
        let checks = try checks(fixture)
        #expect(checks["normalized mean"]?.leftOut == 1)
        #expect(checks["normalized mean"]?.state == .ok)
        #expect(checks["resid_mid"]?.leftOut == 1)
        #expect(checks["resid_mid"]?.state == .ok)
        #expect(checks["features against tokens"]?.leftOut == 3)
    }

    @Test func thePlaceOfAFaultIsTold() throws {
        let fixture = try RecordingFixture()
        try fixture.execute("UPDATE share_values SET share = share + 1e-5 WHERE share_key = (5 * 1024 + 2) * 4096")
        #expect(try checks(fixture)["shares"]?.detail == "depth 2, run 1, sequence 2, position 1")
    }

    /// Nothing that could be compared is not the same as nothing wrong.
    @Test func valuesThatAreNeverFiniteAreNotCalledRight() throws {
        let fixture = try RecordingFixture()
        try fixture.execute(
            "UPDATE site_moments SET nonfinite = 1, mean = NULL, variance = NULL; UPDATE predictions SET entropy = NULL")
        let checks = try checks(fixture)
        for name in ["normalized mean", "normalized variance", "skewness and kurtosis", "bounds", "features against tokens"] {
            #expect(checks[name]?.state == .nothingCompared, "\(name)")
            #expect(checks[name]?.compared == 0 && checks[name]?.leftOut ?? 0 > 0)
        }
        #expect(checks["prediction bounds"]?.state == .nothingCompared)
        #expect(Check.State.nothingCompared.rawValue == "nothing compared")
    }

    /// A vector of zeros is recorded as what it is.
    @Test func aVectorOfZerosIsNoFault() throws {
        let fixture = try RecordingFixture()
        let zeros = RecordingFixture.blob([0, 0, 0, 0])
        try fixture.execute(
            """
            UPDATE models SET epsilon = 1e-5;
            UPDATE site_moments SET mean = 0, variance = 0, minimum = 0, maximum = 0, abs_max_feature = 0, skewness = NULL, kurtosis = NULL,
                normalized_variance = 0 WHERE moments_key = 1024;
            UPDATE vectors SET vector = \(zeros) WHERE token_key = 1
                AND hook_id IN (SELECT hook_id FROM hooks WHERE name LIKE 'blocks.0.ln1.hook_in' OR name LIKE 'blocks.0.ln1.hook_normalized');
            """)
        let checks = try checks(fixture)
        for name in ["squared norm", "recomputed statistics", "largest value", "bounds", "normalized mean"] {
            #expect(checks[name]?.state == .ok, "\(name): \(String(describing: checks[name]))")
        }
    }

    @Test func aFiniteValueThatBecameInfiniteIsFound() throws {
        let counted = try RecordingFixture(half: true)
        try counted.execute("UPDATE hooks SET overflowed = 3 WHERE name = 'blocks.0.hook_resid_post'")
        let found = try #require(try checks(counted)["float16 range"])
        #expect(found.state == .failed && found.deviation == 3)
        #expect(found.detail == "blocks.0.hook_resid_post, run 1: 3 finite values became infinite; record without --float16")
        let seen = try RecordingFixture(half: true)
        try seen.execute(
            "UPDATE vectors SET vector = x'007c00bc003c003c' WHERE token_key = 2 AND hook_id = (SELECT hook_id FROM hooks WHERE name = 'ln_final.hook_in')"
        )
        #expect(try checks(seen)["float16 range"]?.state == .failed)
    }

    @Test func tableHasARowForEachCheck() throws {
        let collector = RowCollector()
        var writer: any RowWriter = collector
        let fixture = try RecordingFixture()
        #expect(try Verifier(path: fixture.path).write(into: &writer).isSound)
        #expect(collector.result.columns == Check.columns)
        #expect(collector.result.rows.count == 49)
    }

    @Test func halvesAreDecoded() {
        for bits in [0, 1, 0x3ff, 0x400, 0x3c00, 0x7bff, 0x7c00, 0x8001, 0xc000, 0xfc00] as [UInt16] {
            #expect(VectorReader.double(half: bits) == Double(Float16(bitPattern: bits)))
        }
        #expect(VectorReader.double(half: 0x7e00).isNaN)
    }
}
