/// Parquet's RLE / bit-packing hybrid: runs of eight and more equal values as a count and a value, the rest packed
/// eight at a time, `bitWidth` bits each, least significant bit first.
struct RunLengthEncoder {
    private let bitWidth: Int
    private let output: ByteBuffer
    private var packed: [UInt32] = []
    private var value: UInt32 = 0
    private var count = 0

    /// Packed groups written under one header.
    private static let mostPacked = 1 << 12

    init(bitWidth: Int, into output: ByteBuffer) {
        self.bitWidth = bitWidth
        self.output = output
        packed.reserveCapacity(Self.mostPacked + 8)
    }

    /// Bits that hold every value from 0 to `largest`.
    static func bitWidth(of largest: Int) -> Int { Int.bitWidth - largest.leadingZeroBitCount }

    mutating func append(_ next: UInt32, times: Int = 1) {
        if next == value {
            count += times
        } else {
            endRun()
            value = next
            count = times
        }
    }

    mutating func finish() {
        endRun()
        writePacked()
    }

    private mutating func endRun() {
        while count > 0, packed.count & 7 != 0 {
            packed.append(value)
            count -= 1
        }
        if count >= 8 {
            writePacked()
            output.append(varint: UInt64(count) << 1)
            for byte in 0..<(bitWidth + 7) / 8 { output.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(byte)))) }
        } else {
            for _ in 0..<count { packed.append(value) }
            if packed.count >= Self.mostPacked, packed.count & 7 == 0 { writePacked() }
        }
        count = 0
    }

    private mutating func writePacked() {
        guard !packed.isEmpty else { return }
        let groups = (packed.count + 7) / 8
        output.append(varint: UInt64(groups) << 1 | 1)
        var bits: UInt64 = 0
        var used = 0
        for index in 0..<groups * 8 {
            let value = index < packed.count ? packed[index] : 0
            bits |= UInt64(value) << UInt64(used)
            used += bitWidth
            while used >= 8 {
                output.append(UInt8(truncatingIfNeeded: bits))
                bits >>= 8
                used -= 8
            }
        }
        packed.removeAll(keepingCapacity: true)
    }
}

/// Whole runs at once.
package enum RunLengths {
    package static func encoded(_ values: [UInt32], bitWidth: Int) -> [UInt8] {
        let output = ByteBuffer()
        var encoder = RunLengthEncoder(bitWidth: bitWidth, into: output)
        for value in values { encoder.append(value) }
        encoder.finish()
        return Array(output.bytes)
    }
}
