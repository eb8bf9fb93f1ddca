import Comparing
import Foundation
import Recording
import Tokenizers
import Transformer

/// A word as the tokenizer cuts it.
struct ComparedWord: Sendable, Equatable {
    let text: String
    /// As it stands in a sentence, with the space before it.
    let withSpace: [Int32]
    /// As it would stand at the start of a text.
    let withoutSpace: [Int32]
}

/// Words in carriers, as sequences to record.
struct ComparisonInput {
    let words: [ComparedWord]
    /// Carriers that every word could be put into without changing its tokens.
    let carriers: [Carrier]
    /// The others, with the first word that did not fit.
    let leftOut: [(carrier: Carrier, word: String)]
    /// All carriers with the first word, then all with the second, ...
    let sequences: [TokenSequence]
    /// Where the words' measured tokens stand.
    let positions: ClosedRange<Int>

    /// What a sequence's metadata say.
    private struct Metadata: Encodable {
        let word, carrier: String
        /// Of the token that is measured: the word's last.
        let position: Int
        let pieces: Int
    }

    private struct Place {
        let tokens: [Int32]
        let text: String
        /// With what the tokenizer puts before the text.
        let position: Int
    }

    init(words texts: [String], carriers: [Carrier], model: Model) throws {
        guard let tokenizer = model.tokenizer else {
            throw CompareError.noTokenizer(model: model.name, fault: model.tokenizerFault)
        }
        words = try Self.distinct(texts).map {
            ComparedWord(text: $0, withSpace: tokenizer.encode(" " + $0), withoutSpace: tokenizer.encode($0))
        }
        var (kept, leftOut): ([Carrier], [(Carrier, String)]) = ([], [])
        var places: [[Place]] = Array(repeating: [], count: words.count)
        for carrier in carriers {
            let tried = words.map { Self.place($0, in: carrier, tokenizer) }
            if let misfit = tried.firstIndex(where: { $0 == nil }) {
                leftOut.append((carrier, words[misfit].text))
                continue
            }
            kept.append(carrier)
            for (index, place) in tried.enumerated() { if let place { places[index].append(place) } }
        }
        guard let first = leftOut.first, kept.isEmpty else {
            (self.carriers, self.leftOut) = (kept, leftOut)
            sequences = try Self.sequences(words, kept, places, tokenizer, context: model.configuration.contextLength)
            let all = places.joined().map(\.position)
            positions = (all.min() ?? 0)...(all.max() ?? 0)
            return
        }
        throw CompareError.nowhereToStand(word: first.1)
    }

    private static func distinct(_ texts: [String]) throws(CompareError) -> [String] {
        var seen: Set<[UInt8]> = []
        var words: [String] = []
        for text in texts {
            let word = text.trimmingCharacters(in: .whitespacesAndNewlines)
            if word.isEmpty { throw .emptyWord }
            guard seen.insert(Array(word.utf8)).inserted else { throw .sameWord(word) }
            words.append(word)
        }
        return words
    }

    /// Nil where the tokens of the word in the sentence are not those of the word by itself, or what stands before it has
    /// other tokens than by itself.
    private static func place(_ word: ComparedWord, in carrier: Carrier, _ tokenizer: any Tokenizer) -> Place? {
        let (text, range) = carrier.filled(with: word.text)
        let tokens = tokenizer.encode(text)
        let before = tokenizer.encode(String(decoding: Array(text.utf8)[..<range.lowerBound], as: UTF8.self))
        guard !before.isEmpty, tokens.starts(with: before), tokens[before.count...].starts(with: word.withSpace) else { return nil }
        let position = tokenizer.prefixTokens.count + before.count + word.withSpace.count - 1
        return Place(tokens: tokens, text: text, position: position)
    }

    private static func sequences(
        _ words: [ComparedWord], _ carriers: [Carrier], _ places: [[Place]], _ tokenizer: any Tokenizer, context: Int
    ) throws -> [TokenSequence] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var sequences: [TokenSequence] = []
        for (word, places) in zip(words, places) {
            for (carrier, place) in zip(carriers, places) {
                let metadata = Metadata(
                    word: word.text, carrier: carrier.template, position: place.position, pieces: word.withSpace.count)
                let sequence = TokenSequence(
                    number: sequences.count + 1, framing: place.tokens, by: tokenizer, text: place.text,
                    metadata: String(decoding: try encoder.encode(metadata), as: UTF8.self))
                guard sequence.tokens.count <= context else {
                    throw CompareError.tooLong(word: word.text, tokens: sequence.tokens.count, context: context)
                }
                sequences.append(sequence)
            }
        }
        return sequences
    }
}

/// Words that cannot be compared.
enum CompareError: Error, Equatable, CustomStringConvertible {
    case emptyWord
    case sameWord(String)
    case nowhereToStand(word: String)
    case tooLong(word: String, tokens: Int, context: Int)
    case noTokenizer(model: String, fault: TokenizerLoadError? = nil)

    var description: String {
        switch self {
        case .emptyWord: "a word is empty; give words with a letter or a sign in them"
        case .sameWord(let word): "'\(word)' is given twice; compare different words"
        case .nowhereToStand(let word):
            "no carrier takes '\(word)' without changing its tokens; give others with --carriers-file"
        case .tooLong(let word, let tokens, let context):
            "a carrier with '\(word)' has \(tokens) tokens, the model's context is \(context); give shorter ones"
        case .noTokenizer(_, let fault?): "\(fault); without a tokenizer there are no words to compare"
        case .noTokenizer(let model, nil): "\(model) has no tokenizer, so there are no words to compare"
        }
    }
}
