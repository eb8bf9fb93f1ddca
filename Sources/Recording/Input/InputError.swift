import Foundation

/// Input text that cannot be read.
public enum InputError: Error, Equatable, CustomStringConvertible {
    case cannotRead(file: String, reason: String)
    case notUTF8(input: String, offset: Int)
    case badJSON(file: String, line: Int, reason: String)
    case badTokenIDs(String)
    case unknownToken(id: Int, number: Int, position: Int, vocabulary: Int)

    /// A token that the tokenizer reads and the model has no row for.
    case noEmbedding(token: String, id: Int32, number: Int, position: Int, vocabulary: Int)

    public var description: String {
        switch self {
        case .cannotRead(let file, let reason): "cannot read \(file): \(reason)"
        case .notUTF8(let input, let offset):
            "\(input): not UTF-8 at byte \(offset); convert it first, for example with iconv"
        case .badJSON(let file, let line, let reason): "\(file), line \(line): \(reason)"
        case .badTokenIDs(let text):
            "--token-ids '\(text)': expected numbers separated by spaces or commas"
        case .unknownToken(let id, let number, let position, let vocabulary):
            "token id \(id) at position \(position) of sequence \(number): the vocabulary has ids 0 to \(vocabulary - 1)"
        case .noEmbedding(let token, let id, let number, let position, let vocabulary):
            "'\(token)' at position \(position) of sequence \(number): the tokenizer gives it id \(id), the model has embeddings "
                + "of ids 0 to \(vocabulary - 1); leave it out of the text"
        }
    }
}
