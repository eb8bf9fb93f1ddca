import Analysis
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

/// Text as it is, on standard output.
func printText(_ text: String) throws {
    let sink = FileDescriptorSink(fileDescriptor: 1, name: "standard output")
    do {
        try sink.write(text)
        try sink.flush()
    } catch OutputError.readerGone {
        // `actrec schema | head` has what it wanted.
    }
}
