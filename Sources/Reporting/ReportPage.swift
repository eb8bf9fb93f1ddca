import Digest
import Foundation
import Output

/// Puts the page together: the frame, its style and script, the sections and their data.
struct ReportPage {
    let data: ReportData
    let title: String
    let tokenLimit: Int

    func html() throws -> String {
        let style = Self.text(PackageResources.page_css)
        let script = Self.script
        let sections = ReportSection.all.filter { $0.isShown(in: data) }
        let parts = try [
            "generator": EarlierOutput.reportMark,
            "policy": Self.policy(style: style, script: script),
            "title": HTMLText.escaped(title),
            "style": style,
            "facts": data.run.facts.map(fact).joined(separator: "\n"),
            "scope": scope.map { "<p>\(HTMLText.escaped($0))</p>" }.joined(separator: "\n"),
            "contents": sections.map { "<li><a href=\"#\($0.id)\">\(HTMLText.escaped($0.heading(norm)))</a></li>" }.joined(
                separator: "\n"),
            "sections": sections.map(section).joined(separator: "\n"),
            "missing": missing,
            "data": json(sections),
            "script": script,
        ]
        return Self.filled(Self.text(PackageResources.page_html), parts)
    }

    private var norm: NormWords { data.run.norm }

    /// What the page shows of the run, and what it leaves out.
    private var scope: [String] {
        let shown = data.shown.tokens.count
        var lines: [String] = []
        if shown > 0, shown < data.run.tokens {
            lines.append(
                "Token by token, the first \(ReportNumber.whole(shown)) of \(ReportNumber.count(data.run.tokens, "token")) are shown; "
                    + "\(ReportNumber.whole(data.run.tokens - shown)) are left out (the limit is \(ReportNumber.whole(tokenLimit)): --tokens changes it). "
                    + "Means and ranges over the run count every token.")
        } else if shown > 0 {
            lines.append("All \(ReportNumber.count(data.run.tokens, "token")) of the run \(shown == 1 ? "is" : "are") shown.")
        }
        if data.table("shares") != nil, min(data.run.tokens, tokenLimit) > data.shareTokens {
            lines.append("Shares of the variance are shown for the first \(ReportNumber.count(data.shareTokens, "token")).")
        }
        if data.run.status != "complete" {
            lines.append("This run is not complete (\(data.run.status)): the page shows the sequences that were recorded.")
        }
        return lines
    }

    private func fact(name: String, value: String) -> String {
        "<dt>\(HTMLText.escaped(name))</dt><dd>\(HTMLText.escaped(value))</dd>"
    }

    private func section(_ section: ReportSection) -> String {
        let heading = HTMLText.escaped(section.heading(norm))
        let finding = section.finding(data).map { "<p class=\"finding\">\(HTMLText.escaped($0))</p>\n" } ?? ""
        let details = section.tables.compactMap(data.table).map { table in
            #"<details class="source" data-table="\#(table.id)"><summary>SQL and numbers: \#(table.query ?? table.id.replacing("_", with: " "))"#
                + #"</summary></details>"#
        }
        return """
            <section id="\(section.id)" aria-labelledby="\(section.id)-heading">
            <h2 id="\(section.id)-heading">\(heading)</h2>
            \(finding)<figure>
            <div class="picture" data-picture="\(section.id)"></div>
            <figcaption>\(HTMLText.escaped(section.caption(norm)))</figcaption>
            </figure>
            \(details.joined(separator: "\n"))
            </section>
            """
    }

    /// The questions that this recording cannot answer, and what would.
    private var missing: String {
        let sections = ReportSection.all.filter { !$0.isShown(in: data) }
        guard !sections.isEmpty else { return "" }
        let lines = sections.map { section in
            // Recorded, and still nothing to show: every sequence ends at position 0.
            let isRecorded = section.capture == "norm-stats" && !data.shown.tokens.isEmpty
            let way =
                isRecorded
                ? "It needs a token after position 0." : "Recorded by <code>actrec record --capture \(section.capture)</code>."
            return "<li>\(HTMLText.escaped(section.heading(norm))) <span>\(way)</span></li>"
        }
        return """
            <section id="missing" aria-labelledby="missing-heading">
            <h2 id="missing-heading">Not in this recording</h2>
            <ul>
            \(lines.joined(separator: "\n"))
            </ul>
            </section>
            """
    }

    private func json(_ sections: [ReportSection]) -> String {
        let ids = Set(sections.flatMap(\.tables))
        let tables = data.tables.filter { ids.contains($0.id) }.map(\.json)
        let chosen = data.shown.defaultPlaces.map { "\($0),\($1)" } ?? ""
        let json = #"{"chosen":[\#(chosen)],"tables":[\#(tables.joined(separator: ",\n"))]}"#
        // In JSON it can only stand in a string; escaped, the page has no < but its own.
        return json.replacing("<", with: #"\u003c"#)
    }
}

extension ReportPage {
    /// The files of the script, in the order in which they use each other.
    static let script = [
        PackageResources.data_js, PackageResources.colour_js, PackageResources.chart_js, PackageResources.tables_js,
        PackageResources.text_js, PackageResources.heatmap_js, PackageResources.curves_js, PackageResources.ranges_js,
        PackageResources.heads_js, PackageResources.shares_js, PackageResources.main_js,
    ].map(text).joined(separator: "\n")

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Nothing may be loaded, sent or embedded, and only this style and this script run: were markup ever to slip in with
    /// a token, it would stay dead.
    private static func policy(style: String, script: String) throws -> String {
        try
            "default-src 'none'; style-src 'sha256-\(sha256(style))'; script-src 'sha256-\(sha256(script))'; base-uri 'none'; form-action 'none'"
    }

    private static func sha256(_ text: String) throws -> String {
        let digest = Digest(.sha256)
        Array(text.utf8).withUnsafeBytes { digest.update($0) }
        guard let hash = digest.finish() else { throw ReportError.hashFailed }
        return Data(hash).base64EncodedString()
    }

    /// The template with each `{{name}}` replaced once: what is put in is not looked at again, so that text from a
    /// recording cannot name a part.
    private static func filled(_ template: String, _ parts: [String: String]) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.range(of: "{{"), let close = rest[open.upperBound...].range(of: "}}") {
            result += rest[..<open.lowerBound]
            result += parts[String(rest[open.upperBound..<close.lowerBound])] ?? ""
            rest = rest[close.upperBound...]
        }
        return result + rest
    }
}
