import Output

/// Writes a whole result in one format and returns the text.
func render(
    _ format: OutputFormat, _ columns: [String], _ rows: [[Cell]], _ options: OutputOptions = OutputOptions()
) throws -> String {
    let sink = MemorySink()
    var writer = format.makeWriter(to: sink, options: options)
    try writer.begin(columns: columns)
    for row in rows { try writer.write(row) }
    try writer.end()
    return sink.text
}

func terminal(_ width: Int) -> OutputOptions { OutputOptions(isTerminal: true, terminalWidth: width) }

/// What a result can hold at its worst.
enum Tricky {
    static let columns = ["n", "value", "text", "text", "bytes"]
    static let rows: [[Cell]] = [
        [.integer(1), .real(-0.0), .text(" ok"), .text("say \"hi\", you"), .blob([0, 0x7f, 0xff])],
        [.integer(.min), .real(1e300), .text("a\r\nb\tc"), .text("x|y\\z"), .blob([UInt8](repeating: 7, count: 20))],
        [.null, .null, .null, .text(""), .null],
        [.integer(4), .real(.nan), .text("日本語"), .text("👩‍👩‍👧 e\u{301}"), .blob([])],
        [.integer(5), .real(0.1), .text("\u{1b}]52;c;aGk=\u{7}"), .text("\u{202e}abc\u{2028}"), .blob([0x20])],
        [.integer(6), .real(-.infinity), .text("=1+1"), .text("</script>*_`"), .null],
    ]
}

/// A small seeded generator (SplitMix64), so that a failing case can be run again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Text and numbers drawn from what breaks layouts.
func randomCell(_ generator: inout SeededGenerator) -> Cell {
    let pieces = [
        " ", "a", "word", "日", "ｱﾞ", "한", "é", "e\u{301}", "\u{301}", "👍🏽", "👩‍👩‍👧", "🇩🇪", "🇩", "1️⃣", "\u{200d}", "\u{fe0f}",
        "\n", "\r\n", "\t", "\u{1b}[2J", "\u{202e}", "\u{3000}", "\\", "\"", "|", ",", "नि", "\u{1161}", "\u{1f3fd}", "…",
    ]
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return .null
    case 1: return .integer(Int64.random(in: .min ... .max, using: &generator))
    case 2: return .real(Double(bitPattern: generator.next()))
    case 3: return .real(Double.random(in: -10_000...10_000, using: &generator))
    case 4: return .blob([UInt8](repeating: 1, count: Int.random(in: 0..<40, using: &generator)))
    default:
        return .text(
            (0..<Int.random(in: 0..<20, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined())
    }
}
