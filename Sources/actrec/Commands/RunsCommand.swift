import Output
import Reading
import ArgumentParser

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List the runs of a recording.",
        discussion: """
            Queries take the newest run with a sequence; --run of the commands that read takes another.
            """)

    @OptionGroup var source: DatabaseOptions
    @OptionGroup var output: FormatOptions
    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            let runs = RunList(try source.open())
            try output.write(shown: RunList.shown) { writer, _ in try runs.write(into: &writer) }
        }
    }
}
