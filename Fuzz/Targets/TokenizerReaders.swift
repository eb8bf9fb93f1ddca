import Checkpoints
import Foundation
import Tokenizers
import Transformer

/// Readers of tokenizers, and tokenizers as readers of text.
enum TokenizerReaders {
    /// Text that meets every rule: spaces, contractions, numbers, marks, letters of several scripts, special tokens.
    private static let hard =
        "I'LL don't  can't've \r\n\t½ ² 12345 a\u{301} नमस्ते 日本 Élan [MASK] <|endoftext|> ok\u{0}\u{200d}€5 "
        + String(repeating: "ab", count: 300)

    static func exercise(_ tokenizer: any Tokenizer) {
        let ids = tokenizer.framed(tokenizer.encode(hard)) + tokenizer.encode(hard, special: true)
        _ = tokenizer.lostBytes(in: hard)
        for id in ids { precondition(tokenizer.bytes(of: id) != nil, "an id that the tokenizer does not have") }
        for id in [Int32.min, -1, 0, Int32(clamping: tokenizer.vocabularySize), .max] { _ = tokenizer.displayText(of: id) }
    }

    /// The two files of GPT-2 with a NUL between them.
    static func bpe(_ bytes: [UInt8]) {
        let (vocabulary, merges) = halves(bytes)
        if let tokenizer = try? TokenizerPipeline(vocabularyJSON: SharedBytes(vocabulary), mergesText: SharedBytes(merges)) {
            exercise(tokenizer)
        }
    }

    static func tokenizerJSON(_ bytes: [UInt8]) {
        if let tokenizer = try? TokenizerPipeline(tokenizerJSON: SharedBytes(bytes)) { exercise(tokenizer) }
    }

    /// BERT's two files with a NUL between them.
    static func wordPiece(_ bytes: [UInt8]) {
        let (vocabulary, configuration) = halves(bytes)
        let json = configuration.isEmpty ? nil : SharedBytes(configuration)
        if let tokenizer = try? TokenizerPipeline(vocabularyText: SharedBytes(vocabulary), configurationJSON: json) {
            exercise(tokenizer)
        }
    }

    /// A directory: `tokenizer_config.json`, `added_tokens.json` and `vocab.json`, with a NUL between them, beside a fixed `merges.txt`.
    static func files(_ bytes: [UInt8]) throws(FuzzFinding) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "fuzz-\(ProcessInfo.processInfo.processIdentifier)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (name, part) in zip(["tokenizer_config.json", "added_tokens.json", "vocab.json"], parts) where !part.isEmpty {
                try Data(part).write(to: folder.appendingPathComponent(name))
            }
            try Data("#version: 0.2\na b\nab ab\n".utf8).write(to: folder.appendingPathComponent("merges.txt"))
        } catch { throw FuzzFinding(description: "\(error)") }
        if let tokenizer = try? loadTokenizer(directory: folder.path) { exercise(tokenizer) }
    }

    private static let gpt2 = Result { try Model.embedded() }

    /// Any bytes as text: refused where they are not UTF-8, else tokens that decode to the same bytes.
    static func text(_ bytes: [UInt8]) throws(FuzzFinding) {
        guard case .success(let model) = gpt2, let tokenizer = model.tokenizer else {
            throw FuzzFinding(description: "the embedded model does not load")
        }
        guard let ids = try? tokenizer.encode(utf8: bytes) else {
            bytes.withUnsafeBytes { _ = tokenizer.encode(validUTF8: $0, special: true) }
            if UTF8Validation.firstInvalidByte(bytes) == nil { throw FuzzFinding(description: "valid UTF-8 was refused") }
            return
        }
        guard (try? tokenizer.decode(ids)) == bytes else { throw FuzzFinding(description: "decoding gave other bytes") }
    }

    private static func halves(_ bytes: [UInt8]) -> ([UInt8], [UInt8]) {
        guard let border = bytes.firstIndex(of: 0) else { return (bytes, []) }
        return (Array(bytes[..<border]), Array(bytes[(border + 1)...]))
    }
}
