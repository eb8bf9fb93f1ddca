import ArgumentParser
import Files
import Models
import Output
import Processor
import Recording
import Transformer

/// Where text comes from; the same for every command that takes text.
struct InputOptions: ParsableArguments {
    @Argument(help: "Texts; each is a sequence.")
    var text: [String] = []

    @Option(
        name: [.short, .long],
        help: "A file, a line a sequence; .jsonl has an object with \"text\" or \"ids\" on each line. - is standard input.")
    var file: String?

    @Flag(name: .customLong("input-jsonl"), help: "Read --file as JSON lines, whatever its name: for standard input.")
    var inputJSONLines = false

    @Option(name: .customLong("token-ids"), help: "Token ids in place of a text, such as \"5 17\". May be repeated.")
    var tokenIDs: [String] = []

    @Flag(help: "Read special tokens such as <|endoftext|> in the text as tokens.")
    var special = false

    @Flag(help: "Put the model's begin token before each text. Nothing is put there unless asked for.")
    var bos = false

    mutating func validate() throws {
        switch [!text.isEmpty, file != nil, !tokenIDs.isEmpty].count(where: { $0 }) {
        case 0: throw ValidationError("Give a text, --file or --token-ids.")
        case 1: break
        default: throw ValidationError("Give either texts, --file or --token-ids, not two of them.")
        }
    }

    /// A file's name is a text like any other, but hardly the one that was meant.
    private func warn(ofFilesAmong texts: [String]) {
        for text in texts {
            guard let info = FileInfo(text), info.kind != .directory else { continue }
            let name = TerminalText.escaped(text)
            note("warning: '\(name)' is the name of a file, and is taken as a text; for what the file holds: --file '\(name)'")
        }
    }

    func open(for model: Model) throws -> TextInput {
        let source: TextInput.Source =
            if let file { .file(file) } else if text.isEmpty { .tokenIDs(tokenIDs) } else { .texts(text) }
        if case .texts(let texts) = source { warn(ofFilesAmong: texts) }
        return try TextInput(source, model: model, special: special, begin: bos, jsonLines: inputJSONLines)
    }
}

/// Which model, and how it runs.
struct ModelOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: "A directory in Hugging Face layout, or a name from 'actrec model list'; name@revision for another than main.",
        completion: Completions.models)
    var model = Model.embeddedName

    func load() throws -> Model {
        let model = try ModelLibrary().load(self.model)
        if !model.unknownTensors.isEmpty {
            let names = model.unknownTensors.prefix(3).joined(separator: ", ")
            note("warning: \(model.source) has \(model.unknownTensors.count) tensors that the model does not use, such as \(names)")
        }
        return model
    }
}

/// How many threads run the forward passes of a command.
struct ThreadOptions: ParsableArguments {
    @Option(help: "Threads for the forward pass; 0 is one for each processor.")
    var threads = 0

    func validate() throws {
        if threads < 0 { throw ValidationError("--threads takes a number from 0.") }
    }

    /// From here on, in this process.
    func apply() { Compute.threads = threads }
}
