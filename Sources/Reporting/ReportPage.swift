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
        // The text stands above the questions, on the first screen.
        let text = sections.filter { $0.id == ReportSection.text.id }
        let questions = sections.filter { $0.id != ReportSection.text.id }
        let parts = try [
            "generator": EarlierOutput.reportMark,
            "policy": Self.policy(style: style, script: script),
            "title": HTMLText.escaped(title),
            "style": style,
            "about": HTMLText.escaped(data.run.about),
            "lead": Findings.lead(data).map { "<p class=\"lead\">\(HTMLText.escaped($0))</p>" } ?? "",
            "text": text.map(section).joined(separator: "\n"),
            "contents": questions.map(line).joined(separator: "\n"),
            "sections": questions.map(section).joined(separator: "\n"),
            "missing": missing,
            "facts": data.run.facts.map(fact).joined(separator: "\n"),
            "scope": scope.map { "<p>\(HTMLText.escaped($0))</p>" }.joined(separator: "\n"),
            "data": json(sections),
            "script": script,
        ]
        return Self.filled(Self.text(PackageResources.page_html), parts)
    }

    /// A line of the contents.
    private func line(_ section: ReportSection) -> String {
        let number = section.number.map { "<span class=\"count\">\($0)</span>" } ?? "<span class=\"count\">+</span>"
        return "<li>\(number)<a href=\"#\(section.id)\">\(HTMLText.escaped(section.heading(data)))</a></li>"
    }

    /// What the page shows of the run, and what it leaves out.
    private var scope: [String] {
        let shown = data.tokenCount
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
            lines.append(
                "Shares of the variance are shown for the first \(ReportNumber.count(data.shareTokens, "token")), and for the two that "
                    + "the curves begin with.")
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
        let number = section.number.map { "<span class=\"count\">\($0)</span> " } ?? ""
        let finding = section.finding(data).map { "<p class=\"finding\">\(HTMLText.escaped($0))</p>\n" } ?? ""
        let figures = section.figures.filter { $0.isShown(in: data) }
        // A table that several figures are drawn from stands under the first.
        var listed: Set<String> = []
        let parts = figures.map { one in
            figure(one, isAlone: figures.count == 1, tables: one.tables.filter { listed.insert($0).inserted })
        }
        return """
            <section id="\(section.id)" aria-labelledby="\(section.id)-heading">
            <h2 id="\(section.id)-heading">\(number)\(HTMLText.escaped(section.heading(data)))</h2>
            \(finding)\(parts.joined(separator: "\n"))
            </section>
            """
    }

    private func figure(_ figure: ReportFigure, isAlone: Bool, tables: [String]) -> String {
        let details = tables.compactMap(data.table).map { table in
            #"<details class="source" data-table="\#(table.id)"><summary>SQL and numbers: \#(table.query ?? table.id.replacing("_", with: " "))"#
                + #"</summary></details>"#
        }
        let title = isAlone ? "" : figure.title.map { "<h3>\(HTMLText.escaped($0))</h3>\n" } ?? ""
        return """
            \(title)<figure>
            <div class="picture" data-picture="\(figure.id)"></div>
            <figcaption>\(HTMLText.escaped(figure.caption(data)))</figcaption>
            </figure>
            \(details.isEmpty ? "" : "<div class=\"sources\">\n" + details.joined(separator: "\n") + "\n</div>")
            """
    }

    /// The questions that this recording cannot answer, and what would.
    private var missing: String {
        let sections = ReportSection.unanswered(in: data)
        guard !sections.isEmpty else { return "" }
        let lines = sections.map { section in
            "<li>\(HTMLText.escaped(section.heading(data))) <span>\(way(section))</span></li>"
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

    private func way(_ section: ReportSection) -> String {
        switch section.way {
        // Recorded, and still nothing to show: every sequence ends at position 0.
        case .capture("norm-stats") where data.table("tokens") != nil: "It needs a token after position 0."
        case .capture(let capture): "Recorded by <code>actrec record --capture \(capture)</code>."
        case .command(let command): "Recorded by <code>\(command)</code>."
        case .repeatedTokens:
            data.run.tokens > ReportData.contextTokenLimit
                ? "<code>actrec query FILE context_independence</code> answers it; on a run of this length it takes long."
                : "Record texts that begin alike, so that a token stands twice at the same position."
        }
    }

    private func json(_ sections: [ReportSection]) -> String {
        let ids = Set(sections.flatMap(\.figures).flatMap(\.tables))
        let tables = data.tables.filter { ids.contains($0.id) }.map(\.json)
        let chosen = data.shown.defaultPlaces.map { "\($0),\($1)" } ?? ""
        let norm = #""norm":{"isRMS":\#(data.run.norm.isRMS),"epsilon":\#(data.run.epsilon)}"#
        let json = #"{"chosen":[\#(chosen)],\#(norm),"tables":[\#(tables.joined(separator: ",\n"))]}"#
        // In JSON it can only stand in a string; escaped, the page has no < but its own.
        return json.replacing("<", with: #"\u003c"#)
    }
}

extension ReportPage {
    /// The files of the script, in the order in which they use each other.
    static let script = [
        PackageResources.data_js, PackageResources.colour_js, PackageResources.chart_js, PackageResources.point_js,
        PackageResources.depth_js, PackageResources.bars_js, PackageResources.tables_js, PackageResources.text_js,
        PackageResources.heatmap_js, PackageResources.curves_js, PackageResources.questions_js, PackageResources.heads_js,
        PackageResources.shares_js, PackageResources.sweeps_js, PackageResources.main_js,
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
