import Parquet
import Testing

/// Whole files, read back by a reader that has nothing of the writer's.
@Suite struct FileTests {
    private static let columns = [
        ParquetColumn(name: "integer", type: .integer), ParquetColumn(name: "double", type: .double),
        ParquetColumn(name: "text", type: .text), ParquetColumn(name: "binary", type: .binary),
        ParquetColumn(name: "vector", type: .floatList),
    ]

    private func file(
        _ columns: [ParquetColumn] = columns, rowGroupBytes: Int = 64 << 20, rowGroupRows: Int = 1 << 20, rows: [[MiniReader.Value]]
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let options = ParquetWriter.Options(
            rowGroupBytes: rowGroupBytes, rowGroupRows: rowGroupRows, createdBy: "test version 1.2.3")
        let writer = try ParquetWriter(columns: columns, options: options) { bytes += $0 }
        for row in rows {
            for (column, value) in row.enumerated() {
                switch value {
                case .null: break
                case .integer(let value): writer.batch.set(column, to: value)
                case .double(let bits): writer.batch.set(column, to: Double(bitPattern: bits))
                case .bytes(let bytes): bytes.withUnsafeBytes { writer.batch.set(column, to: $0) }
                case .floats(let bits): bits.withUnsafeBytes { writer.batch.set(column, to: $0) }
                }
            }
            writer.batch.endRow()
            if writer.batch.isFull { try writer.writeBatch() }
        }
        try writer.finish()
        #expect(writer.rows == rows.count)
        return bytes
    }

    @Test func rowsComeBack() throws {
        let rows: [[MiniReader.Value]] = [
            [.integer(1), .double(Double(1.5).bitPattern), .bytes(Array("é".utf8)), .bytes([0, 255]), .floats([0x3F80_0000])],
            [.null, .null, .null, .null, .null],
            [.integer(.min), .double(Double.nan.bitPattern), .bytes([]), .bytes([]), .floats([])],
            [
                .integer(.max), .double((-0.0).bitPattern), .bytes(Array("é".utf8)), .bytes([0]),
                .floats([0x8000_0000, 0x7FC0_0001, 0]),
            ],
        ]
        let read = try MiniReader(file(rows: rows))
        #expect(read.names == ["integer", "double", "text", "binary", "vector"])
        #expect(read.createdBy == "test version 1.2.3")
        #expect(read.rows == rows)
    }

    @Test func aFileWithoutRowsHasItsColumns() throws {
        let read = try MiniReader(file(rows: []))
        #expect(read.names.count == 5)
        #expect(read.rows.isEmpty && read.groupRows.isEmpty)
    }

    @Test(arguments: [UInt64(1), 2, 3]) func randomRowsComeBack(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let share = Int(seed)  // how many values are null, of four
        let rows: [[MiniReader.Value]] = (0..<20_000).map { row in
            func present(_ value: () -> MiniReader.Value) -> MiniReader.Value { random.next(4) < share ? .null : value() }
            return [
                present { .integer(Int64(row / 7)) }, present { .double(random.next()) },
                present { .bytes(Array("token \(random.next(50))".utf8)) }, present { .bytes(Array("\(random.next())".utf8)) },
                present { .floats((0..<random.next(12)).map { _ in UInt32(truncatingIfNeeded: random.next()) }) },
            ]
        }
        let read = try MiniReader(file(rowGroupRows: 10_000, rows: rows))
        #expect(read.rows == rows)
        #expect(read.groupRows == [12_288, 7_712])  // whole batches of 4,096
    }

    @Test func aColumnLeavesItsDictionaryWhenItNoLongerPays() throws {
        let columns = [
            ParquetColumn(name: "few", type: .integer), ParquetColumn(name: "many", type: .integer),
            ParquetColumn(name: "texts", type: .text),
        ]
        let rows: [[MiniReader.Value]] = (0..<150_000).map { row in
            [.integer(Int64(row % 3)), .integer(Int64(row) << 20), .bytes(Array("a rather long text, number \(row)".utf8))]
        }
        let read = try MiniReader(file(columns, rows: rows))
        #expect(read.rows == rows)
        #expect(read.chunks[0].map(\.encodings) == [[0, 3, 8], [0, 3, 8], [0, 3, 8]])
        #expect(read.chunks[0].map { $0.pages > 1 } == [true, true, true])
        #expect(read.chunks[0][1].minimum == [UInt8](repeating: 0, count: 8))
        #expect(read.chunks[0][2].maximum == Array("a rather long text, number 99999".utf8))
    }

    @Test func aRowGroupEndsAtItsSize() throws {
        let columns = [ParquetColumn(name: "x", type: .double)]
        let read = try MiniReader(file(columns, rowGroupBytes: 100_000, rows: (0..<40_000).map { [.double(UInt64($0))] }))
        #expect(read.groupRows == [16_384, 16_384, 7_232])
    }

    @Test func boundsPassOverNaNAndWidenZero() throws {
        let columns = [ParquetColumn(name: "x", type: .double)]
        func bounds(_ values: [Double?]) throws -> [[UInt8]?] {
            let chunk = try MiniReader(file(columns, rows: values.map { [$0.map { .double($0.bitPattern) } ?? .null] })).chunks[0][
                0]
            #expect(chunk.nulls == Int64(values.filter { $0 == nil }.count))
            return [chunk.minimum, chunk.maximum]
        }
        func bytes(_ value: Double) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
        #expect(try bounds([.nan, 2, nil, -3]) == [bytes(-3), bytes(2)])
        #expect(try bounds([0.0]) == [bytes(-0.0), bytes(0.0)])
        #expect(try bounds([-0.0, 1]) == [bytes(-0.0), bytes(1)])
        #expect(try bounds([.nan, nil]) == [nil, nil])
        #expect(try bounds([nil]) == [nil, nil])
        #expect(try bounds([.infinity, -.infinity]) == [bytes(-.infinity), bytes(.infinity)])
    }

    @Test func textIsBoundedByItsBytesUnsigned() throws {
        let columns = [ParquetColumn(name: "x", type: .text)]
        let chunk = try MiniReader(file(columns, rows: ["z", "é", "a", "日"].map { [.bytes(Array($0.utf8))] })).chunks[0][0]
        #expect(chunk.minimum == Array("a".utf8) && chunk.maximum == Array("日".utf8))
        let long = try MiniReader(file(columns, rows: [[.bytes(Array(repeating: 97, count: 65))]])).chunks[0][0]
        #expect(long.minimum == nil && long.maximum == nil)
    }

    @Test func columnsMustBeThereAndDiffer() {
        let write: (UnsafeRawBufferPointer) -> Void = { _ in }
        let options = ParquetWriter.Options(createdBy: "")
        #expect(throws: ParquetError.noColumns) { try ParquetWriter(columns: [], options: options, write: write) }
        #expect(throws: ParquetError.duplicateColumn("x")) {
            let column = ParquetColumn(name: "x", type: .text)
            return try ParquetWriter(columns: [column, column], options: options, write: write)
        }
    }

    @Test func anErrorOfTheOutputPassesThrough() throws {
        struct Full: Error {}
        var room = 100
        let writer = try ParquetWriter(columns: [ParquetColumn(name: "x", type: .double)], options: .init(createdBy: "")) {
            room -= $0.count
            if room < 0 { throw Full() }
        }
        for row in 0..<100 {
            writer.batch.set(0, to: Double(row))
            writer.batch.endRow()
        }
        #expect(throws: Full.self) { try writer.finish() }
    }
}

/// SplitMix64, so that a seed gives the same rows everywhere.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    mutating func next(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
