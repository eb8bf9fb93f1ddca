/// How many terminal columns text takes: one for most characters, two for East Asian wide characters and emoji,
/// none for combining marks. Counted by extended grapheme cluster.
package enum DisplayWidth {
    package static func of(_ text: String) -> Int {
        isPlainASCII(text) ? text.utf8.count : text.reduce(0) { $0 + of($1) }
    }

    package static func of(_ cluster: Character) -> Int {
        isEmojiSequence(cluster.unicodeScalars) ? 2 : cluster.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7f ? 0 : 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .control, .format, .lineSeparator, .paragraphSeparator: return 0
        default: break
        }
        if conjoiningJamo.contains(where: { $0.contains(scalar.value) }) { return 0 }
        return scalar.properties.isEmojiPresentation || isWide(scalar.value) ? 2 : 1
    }

    /// Whether a cluster is drawn as one emoji: joined, with a skin tone, with the emoji variation selector, or a
    /// keycap.
    static func isEmojiSequence(_ scalars: Character.UnicodeScalarView) -> Bool {
        guard let base = scalars.first, scalars.count > 1, base.properties.isEmoji else { return false }
        return scalars.dropFirst().contains { scalar in
            switch scalar.value {
            case 0xFE0F, 0x20E3: true
            case 0x200D: !base.isASCII
            case 0x1F1E6...0x1F1FF: base.properties.isEmojiPresentation
            default: scalar.properties.isEmojiModifier && base.properties.isEmojiModifierBase
            }
        }
    }

    /// Whether every byte is a printable ASCII character.
    static func isPlainASCII(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
    }

    private static func isWide(_ value: UInt32) -> Bool {
        value >= 0x1100 && wide.contains { $0.contains(value) }
    }

    /// Vowels and finals that join the initial before them, which counts for the whole syllable.
    private static let conjoiningJamo: [ClosedRange<UInt32>] = [0x1160...0x11FF, 0xD7B0...0xD7FB]

    /// East_Asian_Width W and F of Unicode 16 but for emoji, which the standard library knows; gaps that hold no
    /// assigned character are closed.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2630...0x2637, 0x268A...0x268F, 0x2E80...0x303E, 0x3041...0x3247,
        0x3250...0xA4C6, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAD9, 0xFE10...0xFE6B, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x1B2FB, 0x1D300...0x1D376, 0x1F200...0x1F265, 0x20000...0x3FFFD,
    ]
}
