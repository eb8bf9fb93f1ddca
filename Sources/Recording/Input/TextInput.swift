import Foundation
import Transformer

/// Where the text of a run comes from, read one sequence at a time.
///
/// A text without a token (an empty line, a blank argument) has nothing to record: it is counted in `emptyCount` and
/// skipped, and the numbers of the others stay those of their lines.
public struct TextInput {
    public enum Source: Sendable, Equatable {
        /// Each text is a sequence.
        case texts([String])
        /// Each list is a sequence: ids separated by spaces or commas.
        case tokenIDs([String])
        /// A line is a sequence. `.jsonl` holds an object a line, with `text` or `ids`; `-` is standard input, plain text
        /// unless said otherwise.
        case file(String)
        /// Sequences that are tokens already; `origin` is how the run's row names them.
        case sequences([TokenSequence], origin: String)
    }

    public let source: Source
    /// Sequences that had no token.
    public private(set) var emptyCount = 0
    /// Bytes of the texts so far that no token stands for: encoding drops them.
    public private(set) var lostBytes: Set<UInt8> = []
    /// How much of the input is read, from 0 to 1; nil where its size is not known.
    public var fraction: Double? {
        switch reader {
        case .items(let items): items.isEmpty ? 1 : Double(number) / Double(items.count)
        case .tokenized(let sequences): sequences.isEmpty ? 1 : Double(number) / Double(sequences.count)
        case .lines(let lines): lines.byteCount.map { $0 == 0 ? 1 : Double(lines.bytesRead) / Double($0) }
        }
    }

    private enum Reader {
        case items([String])
        case lines(LineReader)
        case tokenized([TokenSequence])
    }

    private var reader: Reader
    let parse: Parser
    /// Where it is read from, and what of it is wanted.
    var place = InputPlace()
    private var number: Int { place.number }

    /// `special` recognizes special tokens in the text; `begin` puts the model's begin token before each text;
    /// `jsonLines` reads a file as JSON lines whatever its name.
    public init(
        _ source: Source, model: Model, special: Bool = false, begin: Bool = false, jsonLines: Bool = false
    ) throws {
        self.source = source
        switch source {
        case .texts(let texts): reader = .items(texts)
        case .tokenIDs(let lists): reader = .items(lists)
        case .file(let path): reader = .lines(try LineReader(file: path))
        case .sequences(let sequences, _): reader = .tokenized(sequences)
        }
        parse = try Parser(model: model, special: special, begin: begin, jsonLines: jsonLines, source: source)
    }

    /// How the run's row names it.
    public var description: String {
        switch source {
        case .texts(let texts): texts.count == 1 ? "1 text" : "\(texts.count) texts"
        case .tokenIDs(let lists): lists.count == 1 ? "1 list of token ids" : "\(lists.count) lists of token ids"
        case .file(let path): path == "-" ? "standard input" : path
        case .sequences(_, let origin): origin
        }
    }

    /// The next sequence that has a token; nil at the end.
    public mutating func next() throws -> TokenSequence? {
        while let sequence = try read() {
            if let text = sequence.text { lostBytes.formUnion(parse.lostBytes(in: text)) }
            try parse.checkEmbeddings(of: sequence)
            if !sequence.tokens.isEmpty { return sequence }
            emptyCount += 1
        }
        return nil
    }

    /// The same input from its beginning; nil where it cannot be read twice.
    func again() throws -> TextInput? {
        var copy = self
        if case .lines(let lines) = reader {
            guard case .file(let path) = source, path != "-", lines.byteCount != nil else { return nil }
            copy.reader = .lines(try LineReader(file: path))
        }
        copy.place = InputPlace()
        return copy
    }

    /// Reads to the end without a look at what is there: what identifies the input is known then.
    mutating func readToEnd() throws {
        place.wantsNothing = true
        while try read() != nil {}
    }

    private mutating func read() throws -> TokenSequence? {
        while true {
            switch reader {
            case .items(let items):
                guard number < items.count else { return try end() }
                let item = items[number]
                guard try place.pass(Array(item.utf8)) else { continue }
                if case .tokenIDs = source { return try parse.ids(item, number: number) }
                return parse.text(item, number: number)
            case .tokenized(let sequences):
                guard number < sequences.count else { return try end() }
                let sequence = sequences[number]
                guard try place.pass(sequence.tokens.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }) else { continue }
                return sequence
            case .lines(var lines):
                let line = try lines.next()
                reader = .lines(lines)
                guard let line else { return try end() }
                guard try place.pass(line.bytes) else { continue }
                return try parse.line(line.bytes, offset: line.offset, number: number)
            }
        }
    }

    private func end() throws -> TokenSequence? {
        try place.checkEnd()
        return nil
    }
}
