import ArgumentParser
import Output
import Recording
import Transformer

struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Show the pieces and ids that a model's tokenizer makes of text.",
        discussion: """
            One row a token. With --format jsonl, one line an input: its text, ids and pieces.
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var output: FormatOptions

    @OptionGroup var diagnostics: Diagnostics

    func run() throws {
        try reporting(diagnostics) {
            let model = try model.load()
            guard let tokenizer = model.tokenizer else {
                throw RecordingError.noTokenizer(model: model.name, fault: model.tokenizerFault)
            }
            var input = try input.open(for: model)
            try output.write { writer, format in
                let byInput = format == .jsonl
                try writer.begin(columns: byInput ? ["number", "text", "ids", "pieces"] : ["number", "position", "id", "piece"])
                while let sequence = try input.next() {
                    let pieces = sequence.tokens.map { tokenizer.displayText(of: $0) ?? "#\($0)" }
                    if byInput {
                        try writer.write([
                            .integer(Int64(sequence.number)), sequence.text.map(Cell.text) ?? .null,
                            .list(sequence.tokens.map { .integer(Int64($0)) }), .list(pieces.map(Cell.text)),
                        ])
                        continue
                    }
                    for (position, id) in sequence.tokens.enumerated() {
                        try writer.write([
                            .integer(Int64(sequence.number)), .integer(Int64(position)), .integer(Int64(id)),
                            .text(pieces[position]),
                        ])
                    }
                }
                try writer.end()
            }
            warn(ofLostBytes: input.lostBytes.sorted())
            if input.emptyCount > 0 { note("skipped \(counted(input.emptyCount, "empty text"))") }
        }
    }
}
