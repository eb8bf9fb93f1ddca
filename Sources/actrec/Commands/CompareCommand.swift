import ArgumentParser
import Comparing
import Foundation
import Output
import Reading
import Recording
import Reporting
import Transformer

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Record words in the same sentences, and compare their variance before normalization site by site.",
        discussion: """
            The first word is compared with each of the others, in pairs of the same carrier sentence. A word never stands at \
            position 0. Without --format: tables for reading; with it: one row a site and word.
            Example: actrec compare hatred ok -o words.db --html words.html
            """)

    @Argument(help: "Two words or more.")
    var words: [String] = []

    @Flag(help: "List the carrier sentences, and do nothing else.")
    var carriers = false

    @Option(
        name: .customLong("carriers-file"),
        help: "Other carriers: a sentence a line, with {} after a space where the word goes. - is standard input.")
    var carriersFile: String?

    @Option(name: [.short, .long], help: "Keep the recording in this database, as a run of its own.")
    var output: String?

    @Option(help: "Write a page with the ratios as pictures to this file, too.", completion: .file(extensions: ["html"]))
    var html: String?

    @Flag(help: "With --html: replace a file that is no earlier report.")
    var force = false

    @OptionGroup var model: ModelOptions
    @OptionGroup var format: FormatOptions

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var diagnostics: Diagnostics

    mutating func validate() throws {
        if carriers {
            if html != nil { throw ValidationError("--carriers records nothing for --html to show.") }
            if !words.isEmpty { throw ValidationError("--carriers lists the sentences and takes no words.") }
        } else if words.count < 2 {
            throw ValidationError("Give two words or more, such as: actrec compare hatred ok")
        }
    }

    func run() throws {
        try reporting(diagnostics) {
            let sentences = try carrierSentences()
            if carriers { return try printText(sentences.map { $0.template + "\n" }.joined()) }
            if let output { try Recording.checkDestination(output) }
            threads.apply()
            let model = try model.load()
            let input = try ComparisonInput(words: words, carriers: sentences, model: model)
            try RecordingPlace.with(output) { path in
                let run = try record(input, model, to: path)
                let database = try ReadOnlyDatabase(path: path, options: .init(damageCheck: .never))
                let comparison = try Comparison(database, run: run)
                if format.format == nil {
                    try printText(report(comparison, input, model), paged: !format.noPager)
                } else {
                    try format.write(shown: Comparison.shown) { writer, _ in try comparison.writeRows(to: &writer) }
                }
                if let html { try write(Report(of: database, options: .init(run: run)).html, to: html, recording: path) }
                if let output { note("run \(run) in \(output)") }
            }
        }
    }

    private func write(_ page: String, to html: String, recording: String) throws {
        try OutputFile.write(page, to: html, .init(earlier: .report, force: force, source: recording))
        note("the page is \(html)")
    }

    private func carrierSentences() throws -> [Carrier] {
        guard let carriersFile else { return Carriers.shipped }
        return try Carrier.parse(InputFile.text(of: carriersFile), file: carriersFile)
    }

    private func record(_ input: ComparisonInput, _ model: Model, to path: String) throws -> Int64 {
        var options = Recording.Options()
        // The embeddings, for the split of the first site's variance.
        let embeddings = model.configuration.embeddingHooks
        options.capture = ([Capture.Preset.stats.rawValue] + embeddings.map(\.description)).joined(separator: ",")
        options.label = "compare: " + input.words.map(\.text).joined(separator: ", ")
        let origin = "\(input.words.count) words in \(input.carriers.count) carriers"
        let interrupt = InterruptWatch()
        let summary = try Recording.record(
            TextInput(.sequences(input.sequences, origin: origin), model: model), model: model, to: path, options: options
        ) { _, _ in !interrupt.isRequested }
        if !summary.isComplete { throw Failure.interrupted.code }
        return summary.runID
    }

    /// Where the model does otherwise than GPT-2.
    private func normNote(_ c: ModelConfiguration) -> String {
        var note = ""
        if c.normKind == .rmsNorm {
            note += "This model's RMSNorm takes no mean away, and divides by the root of mean² + variance. "
        }
        if c.normPlacement == .post {
            note +=
                "This model's norms stand after each sum (post-LN): what enters one is the output of the one before, and what "
                + "one sublayer added. "
        }
        return note
    }

    // MARK: For reading

    private func report(_ comparison: Comparison, _ input: ComparisonInput, _ model: Model) -> String {
        let width = Terminal.outputWidth
        guard let tokenizer = model.tokenizer else { return "" }
        let tokens = TokenizationReport(words: input.words, tokenizer: tokenizer, width: width)
        var notes = tokens.notes
        if !input.leftOut.isEmpty {
            let (count, word) = (input.leftOut.count, TerminalText.escaped(input.leftOut[0].word))
            notes.append(
                "\(count == 1 ? "1 carrier was" : "\(count) carriers were") left out for all words: there '\(word)' "
                    + "\(count == 1 ? "" : "or another of them ")is cut into other tokens.")
        }
        notes.append(
            "Variance is the population variance of the vector that enters a norm: divided by its \(model.configuration.width) "
                + "features, as LayerNorm does. \(normNote(model.configuration))The standard deviation is over the carriers (divided by n - 1); the interval is "
                + "Student's t on the logarithms of the ratios within each carrier, for each site by itself.")
        notes.append(
            "The words stand at positions \(input.positions.lowerBound) to \(input.positions.upperBound), never at position 0: "
                + "there many models park attention (an attention sink), and the variance is of another order whatever the word.")
        let report = ComparisonReport(comparison, width: width)
        return [report.conclusions, tokens.text, report.tables, notes.map { wrapped($0, width: width) }.joined()]
            .joined(separator: "\n")
    }
}
