import Output

/// Text for HTML: nothing in it is markup, and nothing in it is hidden.
package enum HTMLText {
    /// Safe as an element's content and in a quoted attribute. Control, bidirectional and invisible characters are shown
    /// as escapes, as on a terminal.
    package static func escaped(_ text: String) -> String { markupEscaped(TerminalText.escaped(text)) }

    /// Safe as an element's content, line by line: newlines stay.
    package static func escapedLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }.joined(separator: "\n")
    }

    /// A token with the spaces at its edges shown, between quotation marks.
    package static func quotedToken(_ token: String) -> String {
        "‘" + TerminalText.escaped(token, visibleEdges: true) + "’"
    }

    private static func markupEscaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
