import Foundation

/// Something that reads what strangers wrote. It must refuse with an error or take what it was given: never crash, hang,
/// or ask for memory that the input does not account for.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case safetensors, safetensorsIndex, configuration, gguf, splitGGUF, bpe, tokenizerJSON, tokenizerFiles, wordPiece, text,
        jsonLines, queryHeader, statement,
        database

    /// Valid and nearly valid inputs to begin from.
    package func seeds() throws -> [[UInt8]] {
        switch self {
        case .safetensors: Seeds.safetensors
        case .safetensorsIndex: Seeds.safetensorsIndex
        case .configuration: try Seeds.configuration()
        case .gguf: try Seeds.gguf()
        case .splitGGUF: try Seeds.splitGGUF()
        case .bpe: Seeds.bpe
        case .tokenizerJSON: try Seeds.tokenizerJSON()
        case .tokenizerFiles: Seeds.tokenizerFiles
        case .wordPiece: try Seeds.wordPiece()
        case .text: try Seeds.text()
        case .jsonLines: Seeds.jsonLines
        case .queryHeader: Seeds.queryHeader
        case .statement: Seeds.statement
        case .database: try Seeds.database()
        }
    }

    /// What the format is made of.
    package var dictionary: [[UInt8]] {
        switch self {
        case .safetensors, .safetensorsIndex, .configuration, .tokenizerJSON, .tokenizerFiles, .bpe, .jsonLines: Seeds.json
        case .gguf, .splitGGUF: Seeds.ggufWords
        case .wordPiece, .text: Seeds.scalars
        case .queryHeader: Seeds.headerWords
        case .statement: Seeds.sqlWords
        case .database: [Array("CREATE VIEW ".utf8), Array("WITH RECURSIVE ".utf8), [0xFF, 0xFF, 0xFF, 0xFF]]
        }
    }

    /// Reads `bytes`. What the format's rules promise of an input that is taken is checked.
    package func run(_ bytes: [UInt8]) throws(FuzzFinding) {
        switch self {
        case .safetensors: ModelReaders.safetensors(bytes)
        case .safetensorsIndex: try ModelReaders.safetensorsIndex(bytes)
        case .configuration: ModelReaders.configuration(bytes)
        case .gguf: ModelReaders.gguf(bytes)
        case .splitGGUF: ModelReaders.splitGGUF(bytes)
        case .bpe: TokenizerReaders.bpe(bytes)
        case .tokenizerJSON: TokenizerReaders.tokenizerJSON(bytes)
        case .tokenizerFiles: try TokenizerReaders.files(bytes)
        case .wordPiece: TokenizerReaders.wordPiece(bytes)
        case .text: try TokenizerReaders.text(bytes)
        case .jsonLines: try InputReaders.jsonLines(bytes)
        case .queryHeader: InputReaders.queryHeader(bytes)
        case .statement: try DatabaseReaders.statement(bytes)
        case .database: try DatabaseReaders.database(bytes)
        }
    }
}

/// An input that was read wrongly, without a crash.
package struct FuzzFinding: Error, CustomStringConvertible {
    package let description: String
}
