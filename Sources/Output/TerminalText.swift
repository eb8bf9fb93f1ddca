/// Text that cannot drive a terminal or hide in it: tokens may hold escape sequences, bidirectional marks and
/// invisible characters.
package enum TerminalText {
    /// One line in which every character can be seen and told apart: `\n \t \r \0 \e`, `\u{202e}`, and `\\` for a
    /// backslash. Emoji sequences keep their joiners.
    /// - Parameter visibleEdges: shows leading and trailing spaces as `␣`.
    package static func escaped(_ text: String, visibleEdges: Bool = false) -> String {
        let safe = isClean(text) ? text : rewritten(text) { $0 == "\\" || isHidden($0) }
        return visibleEdges ? edgesShown(safe) : safe
    }

    /// As `escaped`, but newlines, tabs and backslashes stay as they are: for formats that use them.
    package static func defused(_ text: String) -> String {
        DisplayWidth.isPlainASCII(text) ? text : rewritten(text) { $0 != "\n" && $0 != "\t" && isHidden($0) }
    }

    /// At most `width` columns of `text`, the last of them `…` if anything was cut.
    package static func clipped(_ text: String, to width: Int) -> String {
        if DisplayWidth.of(text) <= width { return text }
        var used = 0
        let kept = text.prefix { cluster in
            used += DisplayWidth.of(cluster)
            return used < width
        }
        return kept + "…"
    }

    private static func isClean(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }
    }

    /// Longer clusters are stacks of marks that cover neighbouring lines; the longest emoji has 10 scalars.
    private static let longestCluster = 16

    private static func rewritten(_ text: String, escaping: (Unicode.Scalar) -> Bool) -> String {
        var result = ""
        for cluster in text {
            let scalars = cluster.unicodeScalars
            let isEmoji = DisplayWidth.isEmojiSequence(scalars)
            // A mark with nothing under it would join what the table prints before it.
            var hasBase = false
            for (index, scalar) in scalars.enumerated() {
                let isJoiner = isEmoji && (scalar.value == 0x200D || scalar.value == 0xFE0F)
                let joins =
                    isJoiner || scalar.properties.isEmojiModifier
                    || DisplayWidth.of(scalar) == 0 && !isHidden(scalar)
                let escapes = joins ? !hasBase || index >= longestCluster : escaping(scalar)
                if escapes {
                    result += escape(scalar)
                    hasBase = false
                } else {
                    result.unicodeScalars.append(scalar)
                    hasBase = true
                }
            }
        }
        return result
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case "\0": "\\0"
        case "\u{1b}": "\\e"
        default: "\\u{" + String(scalar.value, radix: 16) + "}"
        }
    }

    /// Whether a character shows nothing of its own, or moves what stands around it.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate:
            return true
        case .spaceSeparator:
            return scalar != " "
        default:
            return properties.isDefaultIgnorableCodePoint || scalar.value == 0x2800
        }
    }

    private static func edgesShown(_ text: String) -> String {
        let leading = text.prefix { $0 == " " }.count
        if leading == text.count { return String(repeating: "␣", count: leading) }
        let trailing = text.reversed().prefix { $0 == " " }.count
        if leading + trailing == 0 { return text }
        return String(repeating: "␣", count: leading) + text.dropFirst(leading).dropLast(trailing)
            + String(repeating: "␣", count: trailing)
    }
}
