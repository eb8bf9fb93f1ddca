import ArgumentParser
import Reporting

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "Write one self-contained HTML page about a run: the coloured text, then each question with its answer and picture.",
        discussion: """
            The page loads nothing and opens from the file, on a phone and on paper. Under each picture stand the SQL that \
            made it and its rows. Of a file made by compare it shows the ratios with their intervals; of one made by schemes, the \
            schemes side by side; of an edited run, what the edits did to the loss.
            Example: actrec report run.db -o report.html
            """)

    @OptionGroup var source: DatabaseOptions

    @Option(name: [.short, .long], help: "The file; - is standard output.", completion: .file(extensions: ["html"]))
    var output = "report.html"

    @OptionGroup var runOption: RunOption

    @Option(help: "How many tokens are shown one by one, the first of the run. Means and ranges count all.")
    var tokens = Report.Options().tokens

    @Option(help: "The page's title; the run's label, or the model and the text, when left out.")
    var title: String?

    @Flag(help: "Replace a file that is no earlier report.")
    var force = false

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            let report = try Report(of: source.open(), options: .init(run: runOption.run, tokens: tokens, title: title))
            if output == "-" { return try printText(report.html) }
            try OutputFile.write(report.html, to: output, .init(earlier: .report, force: force, source: source.database))
            note("\(report.sections.count) sections, \(report.html.utf8.count / 1024 + 1) KB in \(output)")
            if !report.missingSections.isEmpty {
                note("not in the recording, see the end of the page: \(report.missingSections.joined(separator: " "))")
            }
        }
    }
}
