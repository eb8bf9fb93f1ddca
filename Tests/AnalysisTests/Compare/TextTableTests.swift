import Output
import Comparing
import Testing

@Suite struct TextTableTests {
    private let table = TextTable(
        rows: .init(header: "site", cells: ["a", "bb"], alignsRight: false),
        columns: [.init(header: "one", cells: ["1.5", "12.5"]), .init(header: "日本", cells: ["-", "2"])])

    @Test func columnsStandSideBySideWhereTheyFit() {
        #expect(
            table.text(width: 80) == """
                site   one  日本
                ────  ────  ────
                a      1.5     -
                bb    12.5     2

                """)
    }

    @Test func otherwiseTheyContinueBelow() {
        #expect(
            table.text(width: 12) == """
                site   one
                ────  ────
                a      1.5
                bb    12.5

                site  日本
                ────  ────
                a        -
                bb       2

                """)
    }

    @Test func textIsBrokenAtSpaces() {
        #expect(wrapped("one two three", width: 7, indent: "  ") == "one two\n  three\n")
        #expect(wrapped("unbreakable", width: 4) == "unbreakable\n")
    }

    @Test(arguments: [
        (0.0123456, "0.01235"), (1.0, "1.000"), (123.456, "123.5"), (98765.4, "98765"), (1e12, "1e+12"), (-0.5, "-0.5000"),
        (0, "0.0"),
    ])
    func numbersHaveFourDigits(_ value: Double, _ text: String) {
        #expect(ShortNumber.text(value) == text)
    }

    @Test func whatIsMissingIsADash() {
        #expect(ShortNumber.text(nil) == "-")
    }
}
