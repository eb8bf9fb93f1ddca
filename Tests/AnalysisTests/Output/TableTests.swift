import Output
import Testing

@Suite struct TableTests {
    private let columns = ["depth", "site", "token", "variance", "mean"]
    private let rows: [[Cell]] = [
        [.integer(0), .text("blocks.0.ln1"), .text(" hatred"), .real(0.00123456789), .real(1.5e-9)],
        [.integer(1), .text("blocks.0.ln2"), .text("日本語のとても長いトークン"), .real(12345.678), .real(-2.25e-10)],
        [.integer(24), .text("ln_final"), .text("\u{1b}[2J"), .real(3.5), .real(0)],
    ]

    @Test func fitsEightyColumns() throws {
        #expect(
            try render(.table, columns, rows, terminal(80)) == #"""
                depth  site          token                             variance       mean
                ─────  ────────────  ──────────────────────────  ──────────────  ─────────
                    0  blocks.0.ln1  ␣hatred                         0.00123457   1.50e-09
                    1  blocks.0.ln2  日本語のとても長いトークン  12345.7         -2.25e-10
                   24  ln_final      \e[2J                           3.5          0.00e+00
                """# + "\n")
    }

    @Test func shrinksText() throws {
        #expect(
            try render(.table, columns, rows, terminal(60)) == #"""
                depth  site          token               variance       mean
                ─────  ────────────  ────────────  ──────────────  ─────────
                    0  blocks.0.ln1  ␣hatred           0.00123457   1.50e-09
                    1  blocks.0.ln2  日本語のと…   12345.7         -2.25e-10
                   24  ln_final      \e[2J             3.5          0.00e+00
                """# + "\n")
    }

    @Test func turnsVertical() throws {
        #expect(
            try render(.table, columns, rows, terminal(40)) == #"""
                ─[ RECORD 1 ]────────
                depth    │ 0
                site     │ blocks.0.ln1
                token    │ ␣hatred
                variance │ 0.00123457
                mean     │ 1.5e-09
                ─[ RECORD 2 ]────────
                depth    │ 1
                site     │ blocks.0.ln2
                token    │ 日本語のとても長いトークン
                variance │ 12345.7
                mean     │ -2.25e-10
                ─[ RECORD 3 ]────────
                depth    │ 24
                site     │ ln_final
                token    │ \e[2J
                variance │ 3.5
                mean     │ 0.0
                """# + "\n")
    }

    @Test func empty() throws {
        #expect(try render(.table, ["a", "b_c"], []) == "a  b_c\n─  ───\n(no rows)\n")
        #expect(try render(.table, ["a"], [], OutputOptions(header: false)) == "(no rows)\n")
    }

    @Test func boldHeaderOnlyOnColorTerminals() throws {
        var options = terminal(80)
        #expect(try render(.table, ["a"], [[.null]], options) == "a\n────\nNULL\n")
        options.allowsColor = true
        #expect(try render(.table, ["a"], [[.null]], options) == "\u{1b}[1ma\u{1b}[0m\n────\nNULL\n")
        options.isTerminal = false
        #expect(try render(.table, ["a"], [[.null]], options) == "a\n────\nNULL\n")
    }

    @Test(arguments: [
        ([1.0, 2, 3], ["1.0", "2.0", "3.0"]),
        ([0.5, 0.25, -0.0], ["0.50", "0.25", "-0.00"]),
        ([1.23456789, 98.7654321], ["1.2346", "98.7654"]),
        ([0.001, 0.0123456789, 12345.678], ["0.001", "0.0123457", "12345.7"]),
        ([1e-9, -2.5e-10], ["1.0e-09", "-2.5e-10"]),
        ([1e300, 1], ["1.0e+300", "1.0e+00"]),
        ([999999.96, 100000.5], ["1000000.0", "100000.5"]),
        ([0, .nan, .infinity], ["0.0", "nan", "inf"]),
    ])
    func reals(_ values: [Double], _ shown: [String]) {
        let column = NumberColumn(values)
        #expect(values.map { column.text($0).replacing(" ", with: "") } == shown)
    }

    /// Every line fits, whatever the cells; rows past the thousandth, which had no say in the widths, included.
    @Test(arguments: [20, 33, 40, 80, 132]) func linesFitTheTerminal(_ width: Int) throws {
        var generator = SeededGenerator(seed: UInt64(width))
        for (columnCount, rowCount) in [(3, 1_020)] + (0..<60).map({ ($0 % 6 + 1, 5) }) {
            let names = (0..<columnCount).map { _ in randomCell(&generator).plainText ?? "null" }
            let rows = (0..<rowCount).map { _ in names.map { _ in randomCell(&generator) } }
            let text = try render(.table, names, rows, terminal(width))
            let widest = text.split(separator: "\n").map { DisplayWidth.of(String($0)) }.max() ?? 0
            #expect(widest <= width)
        }
    }

    @Test func lateNumbersKeepTheirMagnitude() throws {
        let rows: [[Cell]] = Array(repeating: [.real(1.5), .integer(7)], count: 1_000) + [[.real(123456.7), .integer(12345)]]
        let text = try render(.table, ["v", "n"], rows, terminal(80))
        #expect(text.hasSuffix("\n1.5  7\n###  #\n"))
        #expect(try render(.table, ["variance", "n"], rows, terminal(80)).hasSuffix("\n123456.7  #\n"))
        #expect(try render(.table, ["v", "n"], rows).hasSuffix("\n1.5  7\n123456.7  12345\n"))
    }

    /// Counts, and keeps nothing.
    private final class CountingSink: OutputSink {
        var lines = 0
        func write(_ text: String) { lines += text.utf8.count { $0 == UInt8(ascii: "\n") } }
        func flush() {}
    }

    @Test(arguments: OutputFormat.allCases) func manyRowsStream(_ format: OutputFormat) throws {
        let sink = CountingSink()
        var writer = format.makeWriter(to: sink)
        try writer.begin(columns: ["n", "v", "t"])
        for number in 0..<20_000 {
            try writer.write([.integer(Int64(number)), .real(Double(number) / 7), .text(" token")])
            if number >= 1_000 { #expect(sink.lines >= number) }
        }
        try writer.end()
        #expect((20_000...20_002).contains(sink.lines))
    }
}
