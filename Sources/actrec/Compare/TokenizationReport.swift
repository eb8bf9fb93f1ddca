import Output
import Tokenizers
import Transformer

/// How compared words are cut into tokens, for reading.
struct TokenizationReport {
    let words: [ComparedWord]
    let tokenizer: any Tokenizer
    let width: Int

    var text: String {
        let label = words.map { DisplayWidth.of(name($0)) }.max() ?? 0
        var text = "Tokens (␣ is a space; the carriers put one before the word)\n"
        for word in words {
            let space = String(repeating: " ", count: label - DisplayWidth.of(name(word)) + 2)
            let indent = String(repeating: " ", count: label + 2)
            let line = "\(described(word.withSpace)); at the start of a text \(described(word.withoutSpace))"
            let lines = wrapped(line, width: max(width - label - 2, 20)).split(separator: "\n")
            for (index, part) in lines.enumerated() { text += (index == 0 ? name(word) + space : indent) + part + "\n" }
        }
        return text
    }

    /// The words that are more than one token, each in a sentence.
    var notes: [String] {
        words.filter { $0.withSpace.count > 1 }.map { word in
            let last = word.withSpace.last.map(piece) ?? ""
            let further = word.withSpace.count - 1
            return "'\(name(word))' is \(word.withSpace.count) tokens, not one: every number of it is of the last, \(last), which "
                + "stands \(counted(further, "position")) further on and has seen the others."
        }
    }

    private func name(_ word: ComparedWord) -> String { TerminalText.clipped(TerminalText.escaped(word.text), to: 24) }

    private func described(_ ids: [Int32]) -> String {
        "\(counted(ids.count, "token")): " + ids.map(piece).joined(separator: " + ")
    }

    private func piece(_ id: Int32) -> String {
        let text = tokenizer.displayText(of: id) ?? ""
        return TerminalText.escaped(text, visibleEdges: true).replacing(" ", with: "␣") + " (\(id))"
    }
}
