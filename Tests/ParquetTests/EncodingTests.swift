import Parquet
import Testing

/// The parts of the format, by bytes worked out by hand from its specification.
@Suite struct EncodingTests {
    @Test func structuresAreThriftsCompactProtocol() {
        let bytes = CompactWriter.structure {
            $0.field(1, Int32(1))
            $0.field(3, Int64(-150))
            $0.field(4, "id")
            $0.field(30, list: [Int32(0), -1])
            $0.field(31) { $0.field(1, Int32(64)) }
            $0.field(32, list: Array(repeating: "", count: 15))
        }
        let golden: [UInt8] =
            [0x15, 0x02]  // field 1, i32: zigzag 1
            + [0x26, 0xAB, 0x02]  // field 3, i64: zigzag 299
            + [0x18, 0x02, 0x69, 0x64]  // field 4, binary of 2
            + [0x09, 0x3C, 0x25, 0x00, 0x01]  // field 30 in full, list of 2 i32
            + [0x1C, 0x15, 0x80, 0x01, 0x00]  // field 31, structure
            + [0x19, 0xF8, 0x0F] + Array(repeating: 0, count: 15)  // field 32, long list of binary
            + [0x00]
        #expect(bytes == golden)
    }

    @Test(
        arguments: [
            (1, Array(repeating: 1, count: 10), [0x14, 0x01]),  // a run of 10
            (3, Array(0...7), [0x03, 0x88, 0xC6, 0xFA]),  // the specification's example
            (1, [1, 0, 1], [0x03, 0x05]),  // a packed group, filled up
            (10, Array(repeating: 700, count: 8), [0x10, 0xBC, 0x02]),  // a run of a two-byte value
            (1, [0] + Array(repeating: 1, count: 15), [0x03, 0xFE, 0x10, 0x01]),  // the run first fills the group, 8 remain
            (2, [], []),
        ] as [(Int, [UInt32], [UInt8])])
    func runsAndPackedGroups(_ width: Int, _ values: [UInt32], _ golden: [UInt8]) {
        #expect(RunLengths.encoded(values, bitWidth: width) == golden)
    }

    @Test func runsComeBack() throws {
        var generator = SystemRandomNumberGenerator()
        for width in 1...20 {
            var values: [UInt32] = []
            while values.count < 3000 {
                let value = UInt32.random(in: 0..<(1 << UInt32(width)), using: &generator)
                values += Array(repeating: value, count: Bool.random() ? 1 : Int.random(in: 1...40, using: &generator))
            }
            #expect(
                try MiniReader.hybrid(RunLengths.encoded(values, bitWidth: width)[...], width, values.count) == values.map(Int.init)
            )
        }
    }
}
