import Foundation
import Reading
import Reporting
import Testing

/// How numbers, texts and tables are written into the page.
@Suite struct ReportTextTests {
    @Test(arguments: [
        (0.0146123, "0.0146"), (12.34, "12.3"), (123.4, "123"), (1234.4, "1,234"), (4_120_000, "4,120,000"), (3.123e-8, "3.12e-08"),
        (-1_716, "-1,716"), (.infinity, "not a number"),
    ])
    func numbers(_ value: Double, _ text: String) { #expect(ReportNumber.short(value) == text) }

    @Test func counts() {
        #expect(ReportNumber.count(1, "token") == "1 token")
        #expect(ReportNumber.count(1_000_000, "token") == "1,000,000 tokens")
        #expect(ReportNumber.nearOne(0.99862) == "0.99862")
    }

    @Test func textForHTML() {
        #expect(HTMLText.escaped("a<b>&\"'\0\u{202e}") == "a&lt;b&gt;&amp;&quot;&#39;\\0\\u{202e}")
        #expect(HTMLText.quotedToken(" ok") == "‘␣ok’")
    }

    @Test func repeatedValuesAreWrittenOnce() throws {
        let fixture = try RecordingFixture(vectors: false)
        let database = try ReadOnlyDatabase(path: fixture.path)
        defer { withExtendedLifetime(fixture) {} }
        func columns(_ sql: String) throws -> String {
            let json = try ReportTable("t", sql: sql, parameters: [], in: database).json
            return try String(json[#require(json.range(of: #""rows":"#)).lowerBound...])
        }
        #expect(
            try columns("SELECT 'a' AS x UNION ALL SELECT 'a' UNION ALL SELECT 'a' UNION ALL SELECT 'b' ORDER BY 1")
                == #""rows":4,"columns":[{"name":"x","texts":["a","b"],"values":[0,0,0,1]}]}"#)
        #expect(try columns("SELECT 7 AS x FROM tokens") == #""rows":6,"columns":[{"name":"x","values":[7],"counts":[6]}]}"#)
        #expect(
            try columns(
                "SELECT token_id % 2 AS y, value AS x FROM (SELECT 0 AS token_id), json_each('[1,2,3,1,2,3,1,2,3]') ORDER BY key"
            )
            .hasSuffix(#"{"name":"x","values":[1,2,3],"cycle":true}]}"#))
        #expect(
            try columns("SELECT 1.0 / 3 AS x UNION ALL SELECT NULL UNION ALL SELECT 1e300 * 1e300 ORDER BY 1")
                == #""rows":3,"columns":[{"name":"x","values":[null,0.333333,null]}]}"#)
        #expect(
            try columns("SELECT 'a' AS x UNION ALL SELECT 1 ORDER BY 1") == #""rows":2,"columns":[{"name":"x","values":[1,"a"]}]}"#)
    }
}
