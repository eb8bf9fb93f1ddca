import ArgumentParser
import Schema

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the database's schema: the SQL that makes an empty recording.")

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            try printText(Schema.sql)
        }
    }
}
