import Output
import Testing

@Suite struct CSVRoundTripTests {
    /// RFC 4180 by the letter, over bytes; a field is nil when it is empty and not quoted.
    private func parse(_ text: String) -> [[String?]] {
        var records: [[String?]] = [], record: [String?] = [], field: [UInt8] = []
        var isQuoted = false, wasQuoted = false
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    field.append(byte)
                } else if index + 1 < bytes.count, bytes[index + 1] == byte {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: "\"") {
                (isQuoted, wasQuoted) = (true, true)
            } else if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") {
                record.append(field.isEmpty && !wasQuoted ? nil : String(decoding: field, as: UTF8.self))
                (field, wasQuoted) = ([], false)
                if byte == UInt8(ascii: "\n") {
                    records.append(record)
                    record = []
                }
            } else {
                field.append(byte)
            }
            index += 1
        }
        return records
    }

    private func expectSame(_ parsed: [[String?]], _ rows: [[Cell]]) {
        #expect(parsed.count == rows.count)
        for (fields, row) in zip(parsed, rows) {
            #expect(fields.map { $0.map { Array($0.utf8) } } == row.map { $0.plainText.map { Array($0.utf8) } })
        }
    }

    @Test func trickyRows() throws {
        expectSame(Array(parse(try render(.csv, Tricky.columns, Tricky.rows)).dropFirst()), Tricky.rows)
    }

    @Test func randomRows() throws {
        var generator = SeededGenerator(seed: 4180)
        let rows = (0..<500).map { _ in (0..<4).map { _ in randomCell(&generator) } }
        expectSame(parse(try render(.csv, ["a", "b", "c", "d"], rows, OutputOptions(header: false))), rows)
    }

    @Test func realsReadBackExactly() {
        var generator = SeededGenerator(seed: 64)
        for _ in 0..<2_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            #expect(Cell.real(value).plainText.flatMap(Double.init) == value)
        }
    }
}
