import Output
import Testing

@Suite struct DisplayWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("a\u{300}\u{323}", 1), ("日本語", 6), ("かな", 4), ("ｶﾞ", 2),
        ("Ａ", 2), ("한국", 4), ("\u{1112}\u{1161}\u{11ab}", 2), ("、", 2), ("€", 1), ("…", 1), ("─", 1), ("😀", 2),
        ("👍🏽", 2), ("👩‍👩‍👧", 2), ("❤", 1), ("❤️", 2), ("🇩🇪", 2), ("1️⃣", 2), ("⌚", 2), ("नि", 2), ("עב", 2), ("𠀀", 2),
    ])
    func width(_ text: String, _ width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\nb\r\n\t", #"a\nb\r\n\t"#), ("\u{1b}[31m", #"\e[31m"#), ("\0\u{7}\u{9b}", #"\0\u{7}\u{9b}"#),
        (#"\n"#, #"\\n"#), ("\u{202e}x\u{2028}", #"\u{202e}x\u{2028}"#), ("a\u{200b}b", #"a\u{200b}b"#),
        ("a\u{200d}", #"a\u{200d}"#), ("\u{301}a", #"\u{301}a"#), ("e\u{301}", "e\u{301}"), ("\u{a0}", #"\u{a0}"#),
        ("👩‍👧", "👩‍👧"), ("❤️", "❤️"), ("a\u{fe0f}", #"a\u{fe0f}"#), ("\u{feff}", #"\u{feff}"#), ("\u{e000}", #"\u{e000}"#),
        ("\u{1161}", #"\u{1161}"#), ("日本", "日本"), ("\u{fffd}", "\u{fffd}"),
    ])
    func escaped(_ text: String, _ shown: String) {
        #expect(TerminalText.escaped(text) == shown)
    }

    @Test func stacksOfMarksEnd() {
        let tower = "e" + String(repeating: "\u{301}", count: 40)
        #expect(TerminalText.escaped(tower).unicodeScalars.filter { $0 == "\u{301}" }.count == 15)
    }

    @Test func edgeSpacesAreVisible() {
        #expect(TerminalText.escaped(" a b  ", visibleEdges: true) == "␣a b␣␣")
        #expect(TerminalText.escaped("  ", visibleEdges: true) == "␣␣")
        #expect(TerminalText.escaped(" \n ", visibleEdges: true) == #"␣\n␣"#)
    }

    @Test func clipping() {
        #expect(TerminalText.clipped("abcdef", to: 6) == "abcdef")
        #expect(TerminalText.clipped("abcdef", to: 5) == "abcd…")
        #expect(TerminalText.clipped("日本語", to: 5) == "日本…")
        #expect(TerminalText.clipped("日本語", to: 4) == "日…")
    }
}
