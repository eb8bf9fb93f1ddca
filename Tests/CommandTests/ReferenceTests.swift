import TestSupport
import Testing

/// `docs/cli.md` is the help of every command, made from the program.
@Suite struct ReferenceTests {
    @Test func theReferenceIsCurrent() throws {
        var text = """
            # The command line

            What `actrec --help` and the help of every command print. Made from the program by its tests: run them with
            `UPDATE_SNAPSHOTS=1` after a change.

            """
        for command in try CommandTree.read().all {
            let words = ["actrec"] + command.path
            let help = try actrec(command.path + ["--help"], environment: ["COLUMNS": "80"]).stdout
            let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
                .map { line in String(line.reversed().drop { $0 == " " }.reversed()) }
            let last = lines.lastIndex { !$0.isEmpty } ?? 0
            text += """

                \(String(repeating: "#", count: words.count == 1 ? 2 : words.count)) \(words.joined(separator: " "))

                ```text
                \(lines[...last].joined(separator: "\n"))
                ```

                """
        }
        let difference = try Snapshot("docs/cli.md").difference(from: text)
        #expect(difference == nil)
    }
}
