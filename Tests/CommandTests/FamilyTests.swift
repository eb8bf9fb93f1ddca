import Foundation
import TestSupport
import Testing

/// Every family through `record`, `verify` and the query that counts what its norms computed.
@Suite(.serialized) struct FamilyTests {
    static let names = (try? FileManager.default.contentsOfDirectory(atPath: Paths.fixture("families")))?.sorted() ?? []

    /// What not all families have.
    private static let particular = [
        "prediction rows", "query and key rows", "recomputed query and key statistics", "resid_mid", "resid_post", "shares",
        "recomputed predictions", "prediction bounds", "lens rows", "lens bounds", "lens end", "attribution rows", "attribution",
        "attributed logits", "sequence moment rows", "sequence moments", "float16 range",
    ]

    @Test func theyAreThere() {
        #expect(Self.names.count >= 30)
    }

    @Test(arguments: names)
    func whatIsRecordedObeysItsIdentities(name: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.place("run.db")
        let predictsNothing = ["distilbert", "modernbert", "roberta", "xlm-roberta"].contains(name)
        let recorded = try actrec([
            "record", "-q", "-m", Paths.fixture("families/" + name), "-c",
            predictsNothing ? "all,shares" : "all,shares,lens,attribution", "--token-ids", "5 9 3 7 11 8",
            "--token-ids", "20", "-o",
            path,
        ])
        #expect(recorded.code == 0, "\(recorded.stderr)")
        let checks = try actrec(["verify", path, "--format", "csv"]).stdout.split(separator: "\n").dropFirst()
        #expect(checks.count > 25)
        let failed = checks.filter { check in
            !check.contains(",ok,") && !Self.particular.contains { check.hasPrefix($0 + ",not recorded") }
        }
        #expect(failed.isEmpty, "\(failed)")
        for check in ["shares"] + (predictsNothing ? [] : ["lens end", "attribution", "attributed logits"]) {
            #expect(checks.contains { $0.hasPrefix("\(check),ok,") })
        }
        // What the norms reported is what rows there are: for each token, and where queries and keys are normalized by head for each head.
        struct Count: Decodable { var axis, computed: String; var pairs: Int; var made: Int? }
        let rows = try actrec(["query", path, "how_many_statistics", "--format", "jsonl"]).output.split(separator: 0x0A)
            .map { try JSONDecoder().decode(Count.self, from: Data($0)) }
        let own = rows.filter { $0.computed == "yes" }
        #expect(own.first?.axis == "token" && own.allSatisfy { $0.pairs == $0.made && $0.pairs > 0 })
        let config = try String(contentsOfFile: Paths.fixture("families/\(name)/config.json"), encoding: .utf8)
        let hasHeads =
            ["qwen3", "gemma3_text", "olmo2", "olmo3"].contains { config.contains("\"model_type\": \"\($0)\"") }
            || config.contains("\"qk_layernorm\": true") || config.contains("\"use_qk_norm\": true")
        #expect(own.count == (hasHeads ? 2 : 1))
    }
}
