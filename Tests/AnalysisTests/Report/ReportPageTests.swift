import Foundation
import Reading
import Reporting
import Testing

/// The page that `actrec report` writes, as text. `Tools/check_report.py` drives one in a browser.
@Suite struct ReportPageTests {
    /// A page about a fixture that `sql` has changed.
    private func page(_ sql: String = "", options: Report.Options = .init()) throws -> Report {
        let fixture = try RecordingFixture(vectors: false)
        try fixture.execute(sql)
        return try withExtendedLifetime(fixture) { try Report(of: ReadOnlyDatabase(path: fixture.path), options: options) }
    }

    /// The page without its own style and script.
    private func content(_ html: String) throws -> String {
        let style = try #require(html.range(of: "<style>")).upperBound
        let endOfStyle = try #require(html.range(of: "</style>")).lowerBound
        let script = try #require(html.range(of: "<script>", options: .backwards)).upperBound
        return String(html[..<style] + html[endOfStyle..<script])
    }

    @Test func everyQuestionThatTheRecordingAnswersHasASection() throws {
        let report = try page()
        for heading in report.sections { #expect(report.html.contains("\(HTMLText.escaped(heading))</h2>")) }
        #expect(report.sections.count == 10)
        // The text first, the seven questions in their order, facts about the file last.
        let places = [
            "text", "count", "axis", "contexts", "words", "lost", "gain", "heads", "attention", "shares", "missing", "file",
        ].map {
            report.html.range(of: "<section id=\"\($0)\"")?.lowerBound
        }
        #expect(places.allSatisfy { $0 != nil })
        #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
        // Variances (k + d)²: of the tokens after position 0, k = 2, 3, 5, 6.
        #expect(
            report.html.contains(
                "goes from 17 to 37; highest at ln_final is ‘␣ok’ (sequence 2, position 2), with 64: 1.73 times the median."))
        #expect(report.html.contains("18 pairs of mean and variance at 3 sites, one per token"))
        #expect(report.html.contains("SQL and numbers: variance_by_depth"))
        #expect(report.html.contains("All 6 tokens of the run are shown."))
    }

    /// The newest sweep of each kind, of the run's model.
    @Test func sweepsHaveSections() throws {
        let sweep =
            "INSERT INTO sweeps (sweep_id, model_id, kind, made_at, input, clean, answer, against, tokens, logit_difference, "
            + "clean_logit_difference, loss, seconds, version) VALUES"
        let cell =
            "INSERT INTO sweep_cells (sweep_id, number, hook, layer, head, position, token, clean_token, logit_difference, loss) VALUES"
        let report = try page(
            """
            \(sweep) (1, 1, 'patch', 'then', 'a', 'b', ' Paris', ' Rome', 2, -1, 3, NULL, 1, '1');
            \(sweep) (2, 1, 'patch', 'then', 'a', 'b', ' Paris', ' Rome', 2, -1, 3, NULL, 1, '1');
            \(sweep) (3, 1, 'zero', 'then', 'a', NULL, NULL, NULL, 40, NULL, NULL, 2.5, 1, '1');
            \(cell) (1, 1, 'blocks.0.hook_resid_pre', 0, NULL, 1, ' zebra', ' found', 2.9, NULL);
            \(cell) (2, 1, 'blocks.0.hook_resid_pre', 0, NULL, 1, ' Colosseum', ' Tower', 2, NULL);
            \(cell) (2, 2, 'blocks.0.hook_resid_pre', 0, NULL, 2, ' is', ' is', -1, NULL);
            \(cell) (3, 1, 'blocks.0.attn.hook_z', 0, 0, NULL, NULL, NULL, NULL, 2.75);
            \(cell) (3, 2, 'blocks.0.hook_mlp_out', 0, NULL, NULL, NULL, NULL, NULL, 2.25);
            """)
        #expect(
            report.html.contains(
                "Put in at blocks.0.hook_resid_pre at position 1 (‘␣Colosseum’), the clean text’s values restore 75% of the difference between "
                    + "‘␣Paris’ and ‘␣Rome’, more than at any other place."))
        #expect(
            report.html.contains(
                "Without blocks.0.attn.hook_z, head 0, the loss rises most, by 0.25 nats from 2.5, over 40 tokens."))
        #expect(report.sections.contains("Which place carries the answer?"))
        #expect(report.sections.contains("Which heads and MLPs does the model need?"))
        #expect(!report.html.contains("zebra"))
        let without = try page()
        #expect(!without.html.contains("data-picture=\"patch\"") && !without.html.contains("data-picture=\"ablation\""))
        #expect(!without.missingSections.contains("Which place carries the answer?"))
    }

    @Test func whatIsNotRecordedIsNamedWithItsCapture() throws {
        let report = try page(
            "DELETE FROM head_moments; DELETE FROM statistic_sums WHERE facts = 'head_moments'; DELETE FROM share_values")
        #expect(report.missingSections.contains("Which heads write the most?"))
        #expect(report.missingSections.contains("Which components make the variance?"))
        #expect(
            report.html.contains("Which heads write the most? <span>Recorded by <code>actrec record --capture head-stats</code>"))
        #expect(
            report.html.contains(
                "Which components make the variance? <span>Recorded by <code>actrec record --capture shares</code>"))
        #expect(!report.html.contains("data-picture=\"heads\""))
        let short = try page(
            "DELETE FROM site_moments WHERE moments_key >> 10 NOT IN (1, 4); DELETE FROM statistic_sums WHERE positions > 0;"
                + "UPDATE sequences SET token_count = 1")
        #expect(short.html.contains("Is what the norm takes away lost? <span>It needs a token after position 0.</span>"))
        let bare = try page(
            "DELETE FROM site_moments; DELETE FROM feature_moments; DELETE FROM computed_pairs; DELETE FROM head_moments;"
                + "DELETE FROM statistic_sums; DELETE FROM largest_feature_sums; DELETE FROM largest_tokens")
        #expect(bare.missingSections.contains("Is what the norm takes away lost?"))
        #expect(bare.html.contains("--capture norm-stats"))
    }

    @Test func whatIsLeftOutIsSaid() throws {
        let report = try page(options: .init(tokens: 4))
        #expect(report.html.contains("the first 4 of 6 tokens are shown; 2 are left out (the limit is 4: --tokens changes it)"))
        #expect(try page("UPDATE runs SET status = 'interrupted'").html.contains("This run is not complete (interrupted)"))
    }

    @Test func moreThanTheLimitOfTokensAreLeftOut() throws {
        // 2,500 tokens in one more sequence.
        let report = try page(
            """
            INSERT INTO sequences VALUES (3, 1, 3, 0, 7, 2500, NULL, NULL);
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2499)
            INSERT INTO tokens SELECT 7 + i, 3, i, 12 FROM n;
            INSERT INTO site_moments SELECT token_key * 1024, 0, 1 + position, -1, 1, 0, 0, 3, 0, 1, 0, 1, NULL, 0 FROM tokens WHERE sequence_id = 3;
            UPDATE runs SET tokens = 2506, sequences = 3;
            """)
        #expect(report.html.contains("the first 2,000 of 2,506 tokens are shown; 506 are left out (the limit is 2,000"))
        #expect(report.html.utf8.count < 500_000)
    }

    /// 274 tokens of a model with 30 layers, 61 sites and 1,952 shares a token.
    @Test func aDeepModelsSharesAreShownForAsManyTokensAsThePageHasRoomFor() throws {
        let report = try page(
            """
            UPDATE models SET layers = 30, heads = 1;
            DELETE FROM share_values;
            WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
            INSERT INTO sites SELECT 1, i, 'site.' || i, i / 2, 'ln1', 'pre', 'stream', 'layer_norm', 0, 1, 4 FROM n;
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29)
            INSERT INTO components SELECT 1, 2 + 2 * i, 'head.' || i, 'head', i, 0 FROM n
                UNION ALL SELECT 1, 3 + 2 * i, 'mlp.' || i, 'mlp', i, NULL FROM n;
            INSERT INTO sequences VALUES (3, 1, 3, 0, 7, 268, NULL, NULL);
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 267)
            INSERT INTO tokens SELECT 7 + i, 3, i, 12 FROM n;
            INSERT INTO share_values SELECT (t.token_key * 1024 + s.depth) * 4096 + c.component, 0.012345 * (c.component + 1)
                FROM tokens t CROSS JOIN sites s CROSS JOIN components c WHERE c.component < 2 + s.depth;
            UPDATE runs SET tokens = 274, sequences = 3;
            """)
        // 61 sites of 2, 3, ... 62 parts: 10 tokens have 19,520 rows.
        #expect(report.html.contains("Shares of the variance are shown for the first 10 tokens, and for the two"))
        #expect(report.html.utf8.count < 600_000, "\(report.html.utf8.count)")
    }

    @Test(arguments: [(-0.004, "0%"), (-0.006, "-1%"), (0.004, "0%"), (0.126, "13%")])
    func whatRoundsToNothingHasNoSign(_ share: Double, _ text: String) {
        #expect(ReportNumber.percent(share) == text)
    }

    @Test func hostileTextStaysText() throws {
        let hostile = "</script><img src=x onerror=alert(1)>\u{2028}\u{202e}\"'&<!--<script>{{data}}"
        let literal = "'" + hostile.replacing("'", with: "''") + "'"
        let report = try page(
            """
            UPDATE vocabulary SET text = \(literal) || char(0) WHERE token_id = 12;
            UPDATE models SET name = \(literal);
            UPDATE runs SET label = \(literal), input = \(literal), capture = \(literal);
            UPDATE sites SET site = \(literal) WHERE depth = 1;
            """)
        let html = try content(report.html)
        for mark in ["<img", "<!--<", "\u{2028}", "\u{202e}", "\0"] {
            let isThere = html.contains(mark)
            #expect(!isThere, "\(mark.debugDescription)")
        }
        #expect(report.html.components(separatedBy: "</script").count == 3)
        #expect(report.html.components(separatedBy: "<style").count == 2)
        #expect(
            html.contains(
                "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;\\u{2028}\\u{202e}&quot;&#39;&amp;&lt;!--&lt;script&gt;{{data}}"))
        // It is all there as data.
        let start = try #require(html.range(of: "id=\"data\">")?.upperBound)
        let end = try #require(html.range(of: "</script>", range: start..<html.endIndex)?.lowerBound)
        let data = try #require(try JSONSerialization.jsonObject(with: Data(html[start..<end].utf8)) as? [String: Any])
        #expect(String(describing: data).contains("onerror=alert(1)"))
    }

    @Test func aTitleIsText() throws {
        let html = try page(options: .init(title: "<b>&\u{7}")).html
        #expect(html.contains("<title>&lt;b&gt;&amp;\\u{7}</title>"))
        #expect(!html.contains("<b>"))
    }

    @Test func nothingIsLoaded() throws {
        let html = try page("UPDATE vocabulary SET text = 'https://example.org/x.js' WHERE token_id = 12").html
        #expect(
            try content(html.replacing("https://example.org/x.js", with: "")).range(of: "https?:", options: .regularExpression)
                == nil)
        #expect(html.range(of: #"(src|srcset|action|data|poster)\s*="#, options: .regularExpression) == nil)
        #expect(html.range(of: #"href="[^#]"#, options: .regularExpression) == nil)
        for call in [
            "url(", "@import", "fetch(", "XMLHttpRequest", "WebSocket", "import(", "innerHTML", "eval(", "<link", "<iframe",
        ] {
            let isThere = html.contains(call)
            #expect(!isThere, "\(call)")
        }
        #expect(html.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"))
        #expect(!html.contains("unsafe-"))
        // A style in an attribute would need 'unsafe-inline'.
        #expect(html.range(of: #"\sstyle="#, options: .regularExpression) == nil)
    }

    @Test func sameRecordingSamePage() throws {
        let fixture = try RecordingFixture(vectors: false)
        let first = try Report(of: ReadOnlyDatabase(path: fixture.path)).html
        let second = try withExtendedLifetime(fixture) { try Report(of: ReadOnlyDatabase(path: fixture.path)).html }
        #expect(first == second)
    }

    @Test func valuesThatAreNotNumbersAreLeftOut() throws {
        let report = try page("UPDATE site_moments SET variance = NULL, kurtosis = NULL, nonfinite = 4 WHERE moments_key >> 10 = 2")
        #expect(report.html.contains("null"))
        let none = try page("UPDATE site_moments SET variance = NULL, normalized_variance = NULL, out_variance = NULL")
        #expect(none.sections.count == 10)
    }

    @Test func refusals() throws {
        #expect(throws: ReportError.tokenLimit(0)) { try page(options: .init(tokens: 0)) }
        #expect(throws: ReportError.self) { try page(options: .init(run: 7)) }
        #expect(throws: ReportError.self) { try page("DELETE FROM sequences; DELETE FROM tokens") }
    }
}
