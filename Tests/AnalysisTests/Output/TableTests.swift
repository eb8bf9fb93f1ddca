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
                depth  site          token                           variance       mean
                ─────  ────────────  ──────────────────────────  ────────────  ─────────
                    0  blocks.0.ln1  ␣hatred                         0.001235   1.50e-09
                    1  blocks.0.ln2  日本語のとても長いトークン  12346         -2.25e-10
                   24  ln_final      \e[2J                           3.500             0
                """# + "\n")
    }

    @Test func shrinksText() throws {
        #expect(
            try render(.table, columns, rows, terminal(60)) == #"""
                depth  site          token               variance       mean
                ─────  ────────────  ──────────────  ────────────  ─────────
                    0  blocks.0.ln1  ␣hatred             0.001235   1.50e-09
                    1  blocks.0.ln2  日本語のとて…   12346         -2.25e-10
                   24  ln_final      \e[2J               3.500             0
                """# + "\n")
    }

    @Test func namesTheColumnsThatDoNotFit() throws {
        #expect(
            try render(.table, columns, rows, terminal(40)) == #"""
                depth  site      token          variance
                ─────  ────────  ─────────  ────────────
                    0  blocks.…  ␣hatred        0.001235
                    1  blocks.…  日本語の…  12346
                   24  ln_final  \e[2J          3.500

                1 more column (--wide, or --columns
                a,b): mean
                """# + "\n")
    }

    @Test func showsWhatAnswersFirst() throws {
        var options = terminal(40)
        options.columns = .fitting(["token", "mean", "variance"])
        #expect(
            try render(.table, columns, rows, options) == #"""
                token                 mean      variance
                ───────────────  ─────────  ────────────
                ␣hatred           1.50e-09      0.001235
                日本語のとても…  -2.25e-10  12346
                \e[2J                    0      3.500

                2 more columns (--wide, or --columns
                a,b): depth, site
                """# + "\n")
        // All of them where they fit.
        options.terminalWidth = 80
        #expect(try render(.table, columns, rows, options) == render(.table, columns, rows, terminal(80)))
    }

    @Test func wideLinesHaveAnyLength() throws {
        var options = terminal(40)
        options.columns = .all
        #expect(try render(.table, columns, rows, options) == render(.table, columns, rows, terminal(400)))
    }

    @Test func filesHaveEveryColumnWithSixDigits() throws {
        #expect(
            try render(.table, columns, rows) == #"""
                depth  site          token                             variance       mean
                ─────  ────────────  ──────────────────────────  ──────────────  ─────────
                    0  blocks.0.ln1  ␣hatred                         0.00123457   1.50e-09
                    1  blocks.0.ln2  日本語のとても長いトークン  12345.7         -2.25e-10
                   24  ln_final      \e[2J                           3.5          0.00e+00
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

    @Test(arguments: [
        ([1.0, 2, 3], ["1.0", "2.0", "3.0"]),
        ([0.99876, 1], ["0.9988", "1.000"]),
        ([1.23456789, 98.7654321], ["1.235", "98.77"]),
        ([0.001, 0.0123456789, 12345.678], ["0.001000", "0.01235", "12346"]),
        ([0, 1e-9], ["0", "1.0e-09"]),
    ])
    func realsOnATerminal(_ values: [Double], _ shown: [String]) {
        let column = NumberColumn(values, digits: .four)
        #expect(values.map { column.text($0).replacing(" ", with: "") } == shown)
    }

    @Test func chosenColumnsComeInTheirOrder() throws {
        let sink = MemorySink()
        var writer = ChosenColumns(["mean", "depth"], writer: OutputFormat.csv.makeWriter(to: sink))
        try writer.begin(columns: columns)
        for row in rows { try writer.write(row) }
        try writer.end()
        #expect(sink.text == "mean,depth\n1.5e-09,0\n-2.25e-10,1\n0.0,24\n")
        #expect(throws: UnknownName(kind: "column", name: "maen", known: columns)) {
            var writer = ChosenColumns(["maen"], writer: OutputFormat.csv.makeWriter(to: sink))
            try writer.begin(columns: columns)
        }
    }

    @Test(
        arguments: [
            ("token-varience", "token_variance"), ("Runs", "runs"), ("toekn_variance", "token_variance"), ("var", nil),
            ("head", "head_writes"), ("completely different", nil),
        ] as [(String, String?)])
    func theNearestNameIsFound(_ typed: String, _ nearest: String?) {
        let known = ["token_variance", "variance_by_depth", "variance_shares", "head_writes", "runs"]
        #expect(UnknownName(kind: "query", name: typed, known: known).nearest == nearest)
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
        #expect(try render(.table, ["variance", "n"], rows, terminal(80)).hasSuffix("\n  123457  #\n"))
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
