import Reading
import Output
import ArgumentParser
import Files
import Schema

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the schema of a recording: the SQL of its tables and views, with what each column means.",
        discussion: """
            Examples:
              actrec schema
              actrec schema token_statistics
              actrec schema run.db runs
            """)

    @Argument(
        help: ArgumentHelp("A recording, whose own schema is printed, then a table or view of it.", valueName: "file|table"),
        completion: Completions.views)
    var names: [String] = []

    @Flag(name: .customLong("no-pager"), help: "Print on the terminal rather than through PAGER (less).")
    var noPager = false

    @OptionGroup var diagnostics: Diagnostics

    mutating func validate() throws {
        if names.count > 2 { throw ValidationError("Give a recording and one table at most.") }
    }

    func run() throws {
        try reporting(diagnostics) {
            let parts = try parts()
            try printText(parts.map(\.sql).joined(separator: "\n"), paged: !noPager)
        }
    }

    private func parts() throws -> [SchemaPart] {
        // One word is a table's name before it is a file's: a file can be written ./runs.
        let file =
            names.count == 2
            || names.count == 1 && SchemaPart.named(names[0], in: SchemaPart.all) == nil && FileInfo(names[0]) != nil
        let all = file ? try ReadOnlyDatabase(path: names[0]).schemaParts() : SchemaPart.all
        guard let name = file ? names.dropFirst().first : names.first else { return all }
        guard let part = SchemaPart.named(name, in: all) else {
            throw UnknownName(kind: "table or view", name: name, known: all.compactMap(\.name))
        }
        return [part]
    }
}
