import Output
import Reading
import Reporting
import ArgumentParser

struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show what a recording holds: its models, runs, captures and size, and the questions it answers.")

    @OptionGroup var source: DatabaseOptions
    @OptionGroup var chosen: RunOption
    @OptionGroup var output: FormatOptions
    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            let info = try RecordingInfo(of: source.open(), run: chosen.run)
            if output.format == nil {
                return try printText(info.text(width: Terminal.outputWidth), paged: !output.noPager)
            }
            try output.write { writer, _ in try info.write(into: &writer) }
        }
    }
}
