import Foundation
import Output
import Testing

@Suite struct FormatTests {
    @Test func table() throws {
        #expect(
            try render(.table, Tricky.columns, Tricky.rows) == #"""
                                   n     value  text               text                 bytes
                ────────────────────  ────────  ─────────────────  ───────────────────  ──────────
                                   1  -0.0e+00  ␣ok                say "hi", you        x'007fff'
                -9223372036854775808  1.0e+300  a\r\nb\tc          x|y\\z               <20 bytes>
                                NULL      NULL  NULL                                    NULL
                                   4       nan  日本語             👩‍👩‍👧 é                 x''
                                   5   1.0e-01  \e]52;c;aGk=\u{7}  \u{202e}abc\u{2028}  x'20'
                                   6      -inf  =1+1               </script>*_`         NULL
                """# + "\n")
    }

    @Test func csv() throws {
        #expect(
            try render(.csv, Tricky.columns, Tricky.rows)
                == [
                    "n,value,text,text,bytes",
                    "1,-0.0, ok,\"say \"\"hi\"\", you\",x'007fff'",
                    "-9223372036854775808,1e+300,\"a\r\nb\tc\",x|y\\z,x'0707070707070707070707070707070707070707'",
                    ",,,\"\",",
                    "4,nan,日本語,👩‍👩‍👧 e\u{301},x''",
                    "5,0.1,\u{1b}]52;c;aGk=\u{7},\u{202e}abc\u{2028},x'20'",
                    "6,-inf,=1+1,</script>*_`,",
                ].map { $0 + "\n" }.joined())
    }

    @Test func tsv() throws {
        #expect(
            try render(.tsv, Tricky.columns, Tricky.rows)
                == [
                    "n\tvalue\ttext\ttext\tbytes",
                    "1\t-0.0\t ok\tsay \"hi\", you\tx'007fff'",
                    "-9223372036854775808\t1e+300\ta\\r\\nb\\tc\tx|y\\\\z\tx'0707070707070707070707070707070707070707'",
                    "\t\t\t\t",
                    "4\tnan\t日本語\t👩‍👩‍👧 e\u{301}\tx''",
                    "5\t0.1\t\u{1b}]52;c;aGk=\u{7}\t\u{202e}abc\u{2028}\tx'20'",
                    "6\t-inf\t=1+1\t</script>*_`\t",
                ].map { $0 + "\n" }.joined())
    }

    private let objects = [
        #"{"n":1,"value":-0.0,"text":" ok","text_2":"say \"hi\", you","bytes":"AH//"}"#,
        #"{"n":-9223372036854775808,"value":1e+300,"text":"a\r\nb\tc","text_2":"x|y\\z","bytes":"BwcHBwcHBwcHBwcHBwcHBwcHBwc="}"#,
        #"{"n":null,"value":null,"text":null,"text_2":"","bytes":null}"#,
        #"{"n":4,"value":null,"text":"日本語","text_2":"👩‍👩‍👧 é","bytes":""}"#.replacingOccurrences(of: "é", with: "e\u{301}"),
        #"{"n":5,"value":0.1,"text":"\u001b]52;c;aGk=\u0007","text_2":"\u202eabc\u2028","bytes":"IA=="}"#,
        #"{"n":6,"value":null,"text":"=1+1","text_2":"<\/script>*_`","bytes":null}"#,
    ]

    @Test func json() throws {
        let text = try render(.json, Tricky.columns, Tricky.rows)
        #expect(text == "[" + objects.joined(separator: ",\n") + "]\n")
        #expect(try render(.json, ["a"], []) == "[]\n")
    }

    @Test func jsonl() throws {
        #expect(try render(.jsonl, Tricky.columns, Tricky.rows) == objects.map { $0 + "\n" }.joined())
        #expect(try render(.jsonl, ["a"], []) == "")
    }

    @Test func jsonReadsBack() throws {
        let text = try render(.json, Tricky.columns, Tricky.rows)
        let parsed = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        #expect(parsed.count == Tricky.rows.count)
        for (object, row) in zip(parsed, Tricky.rows) {
            for (key, cell) in zip(["n", "value", "text", "text_2", "bytes"], row) {
                switch cell {
                case .text(let text): #expect((object[key] as? String)?.utf8.elementsEqual(text.utf8) == true)
                case .integer(let value): #expect((object[key] as? NSNumber)?.int64Value == value)
                case .real(let value) where value.isFinite: #expect((object[key] as? NSNumber)?.doubleValue == value)
                case .blob(let bytes): #expect(Data(base64Encoded: object[key] as? String ?? "!") == Data(bytes))
                case .list(let cells): #expect((object[key] as? [Any])?.count == cells.count)
                case .real, .null: #expect(object[key] is NSNull)
                }
            }
        }
    }

    @Test func jsonKeysAreUnique() throws {
        let row: [Cell] = [.integer(1), .integer(2), .integer(3), .integer(4)]
        #expect(try render(.jsonl, ["a", "a", "a_2", "a"], [row]) == "{\"a\":1,\"a_3\":2,\"a_2\":3,\"a_4\":4}\n")
    }

    @Test func markdown() throws {
        #expect(
            try render(.markdown, Tricky.columns, Tricky.rows) == #"""
                | n | value | text | text | bytes |
                | ---: | ---: | --- | --- | --- |
                | 1 | -0.0 |  ok | say "hi", you | x'007fff' |
                | -9223372036854775808 | 1e+300 | a\\r\\nb\\tc | x\|y\\\\z | x'0707070707070707070707070707070707070707' |
                | NULL | NULL | NULL |  | NULL |
                | 4 | nan | 日本語 | 👩‍👩‍👧 é | x'' |
                | 5 | 0.1 | \\e\]52;c;aGk=\\u{7} | \\u{202e}abc\\u{2028} | x'20' |
                | 6 | -inf | =1+1 | \</script>\*\_\` | NULL |
                """# + "\n")
        #expect(try render(.markdown, ["a_b", "c|d"], []) == "| a_b | c\\|d |\n| --- | --- |\n")
    }

    @Test func csvSafeGuardsTextOnly() throws {
        let cells: [Cell] = [
            .text("=1"), .text("+1"), .text("-1"), .text("@a"), .text("\tx"), .text("\rx"), .text("a=b"), .integer(-1),
            .real(-2.5),
        ]
        let columns = cells.indices.map { "c\($0)" }
        let options = OutputOptions(header: false, csvSafe: true)
        #expect(try render(.csv, columns, [cells], options) == "'=1,'+1,'-1,'@a,'\tx,\"'\rx\",a=b,-1,-2.5\n")
        #expect(
            try render(.csv, columns, [cells], OutputOptions(header: false))
                == "=1,+1,-1,@a,\tx,\"\rx\",a=b,-1,-2.5\n")
    }

    @Test func nullText() throws {
        let row: [Cell] = [.null, .text("NULL"), .text("")]
        let options = OutputOptions(header: false, nullText: "NULL")
        #expect(try render(.csv, ["a", "b", "c"], [row], options) == "NULL,\"NULL\",\n")
        #expect(try render(.tsv, ["a", "b", "c"], [row], options) == "NULL\tNULL\t\n")
        #expect(try render(.csv, ["a"], [[.null], [.text("")]]) == "a\n\"\"\n\"\"\n")
    }

    /// No format but JSON's own escapes may pass a control byte or a bidirectional mark to a terminal.
    @Test(arguments: OutputFormat.allCases) func terminalGetsNoControls(_ format: OutputFormat) throws {
        let all = String(String.UnicodeScalarView((0...0x9f).compactMap(Unicode.Scalar.init) + ["\u{202e}", "\u{2066}"]))
        let text = try render(format, ["\u{1b}[2Jname"], [[.text(all)]], terminal(80))
        for scalar in text.unicodeScalars {
            let isAllowed = scalar == "\n" || scalar == "\t" && format == .csv
            #expect(isAllowed || (scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format))
        }
    }

    @Test(arguments: OutputFormat.allCases) func rowsMustHaveAllColumns(_ format: OutputFormat) {
        #expect(throws: OutputError.wrongColumnCount(expected: 2, found: 1)) {
            try render(format, ["a", "b"], [[.null]])
        }
    }
}
