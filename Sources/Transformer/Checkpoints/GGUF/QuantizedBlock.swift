/// The quantized types that are read as Float: rows in blocks of integers of a few bits, with scales in half precision
/// (ggml-org/ggml, `ggml-common.h`, `block_q4_0` and on; values as `dequantize_row_*` in `ggml-quants.c`).
///
/// d is a block's scale, m what is added, q an integer. The K types split a block of 256 into parts with small integer
/// scales of their own.
public enum QuantizedBlock: Sendable {
    /// d · (q - 8), 4 bits.
    case q4_0
    /// d · q + m, 4 bits.
    case q4_1
    /// d · (q - 16), 5 bits.
    case q5_0
    /// d · q + m, 5 bits.
    case q5_1
    /// d · q, 8 bits with sign.
    case q8_0
    /// d · scale · q - m · minimum, 4 bits, eight parts.
    case q4_K
    /// d · scale · q - m · minimum, 5 bits, eight parts.
    case q5_K
    /// d · scale · (q - 32), 6 bits, sixteen parts.
    case q6_K

    /// The type in files.
    public var type: GGMLType {
        switch self {
        case .q4_0: .q4_0
        case .q4_1: .q4_1
        case .q5_0: .q5_0
        case .q5_1: .q5_1
        case .q8_0: .q8_0
        case .q4_K: .q4_K
        case .q5_K: .q5_K
        case .q6_K: .q6_K
        }
    }

    /// Converts whole blocks that begin at `source` into `target`, which holds exactly their elements.
    func convert(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>) {
        let (length, size) = type.block
        let count = target.count / length
        precondition(target.count == count * length && source.count >= count * size, "not whole blocks")
        guard let from = source.baseAddress?.assumingMemoryBound(to: UInt8.self), let to = target.baseAddress else { return }
        switch self {
        case .q4_0: Self.each(count, from, size, to, length, Self.q4_0)
        case .q4_1: Self.each(count, from, size, to, length, Self.q4_1)
        case .q5_0: Self.each(count, from, size, to, length, Self.q5_0)
        case .q5_1: Self.each(count, from, size, to, length, Self.q5_1)
        case .q8_0: Self.each(count, from, size, to, length, Self.q8_0)
        case .q4_K: Self.each(count, from, size, to, length, Self.q4_K)
        case .q5_K: Self.each(count, from, size, to, length, Self.q5_K)
        case .q6_K: Self.each(count, from, size, to, length, Self.q6_K)
        }
    }

    private typealias Bytes = UnsafePointer<UInt8>
    private typealias Floats = UnsafeMutablePointer<Float>

    @inline(__always)
    private static func each(
        _ count: Int, _ source: Bytes, _ size: Int, _ target: Floats, _ length: Int, _ convert: (Bytes, Floats) -> Void
    ) {
        for block in 0..<count { convert(source + block &* size, target + block &* length) }
    }

    /// A half at any address.
    @inline(__always)
    private static func half(_ bytes: Bytes) -> Float {
        FloatConversion.float16(UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
    }

    // MARK: Blocks of 32

    @inline(__always)
    private static func q4_0(_ b: Bytes, _ y: Floats) {
        let d = half(b)
        let q = b + 2
        for i in 0..<16 {
            y[i] = d * Float(Int32(q[i] & 15) &- 8)
            y[i &+ 16] = d * Float(Int32(q[i] >> 4) &- 8)
        }
    }

    @inline(__always)
    private static func q4_1(_ b: Bytes, _ y: Floats) {
        let (d, m, q) = (half(b), half(b + 2), b + 4)
        for i in 0..<16 {
            y[i] = d * Float(Int32(q[i] & 15)) + m
            y[i &+ 16] = d * Float(Int32(q[i] >> 4)) + m
        }
    }

    @inline(__always)
    private static func q5_0(_ b: Bytes, _ y: Floats) {
        let d = half(b)
        for i in 0..<16 {
            y[i] = d * Float(fiveBits(b + 2, i, high: false) &- 16)
            y[i &+ 16] = d * Float(fiveBits(b + 2, i, high: true) &- 16)
        }
    }

    @inline(__always)
    private static func q5_1(_ b: Bytes, _ y: Floats) {
        let (d, m) = (half(b), half(b + 2))
        for i in 0..<16 {
            y[i] = d * Float(fiveBits(b + 4, i, high: false)) + m
            y[i &+ 16] = d * Float(fiveBits(b + 4, i, high: true)) + m
        }
    }

    /// 32 fifth bits in 4 bytes, then the lower four bits of elements i and i + 16 in byte i.
    @inline(__always)
    private static func fiveBits(_ b: Bytes, _ i: Int, high: Bool) -> Int32 {
        let place = high ? i &+ 16 : i
        let fifth = b[place >> 3] >> UInt8(truncatingIfNeeded: place & 7) & 1
        let low = high ? b[4 &+ i] >> 4 : b[4 &+ i] & 15
        return Int32(low | fifth << 4)
    }

    @inline(__always)
    private static func q8_0(_ b: Bytes, _ y: Floats) {
        let d = half(b)
        for i in 0..<32 { y[i] = Float(Int8(bitPattern: b[2 &+ i])) * d }
    }

    // MARK: Blocks of 256

    /// Scale and minimum of part `i` of 8: 6 bits each, packed into 12 bytes.
    @inline(__always)
    private static func scaleAndMinimum(_ s: Bytes, _ i: Int) -> (Float, Float) {
        let scale = i < 4 ? s[i] & 63 : s[i &+ 4] & 15 | (s[i &- 4] >> 6) << 4
        let minimum = i < 4 ? s[i &+ 4] & 63 : s[i &+ 4] >> 4 | (s[i] >> 6) << 4
        return (Float(scale), Float(minimum))
    }

    @inline(__always)
    private static func q4_K(_ b: Bytes, _ y: Floats) {
        let (d, m, q) = (half(b), half(b + 2), b + 16)
        for part in 0..<8 {
            let (scale, minimum) = scaleAndMinimum(b + 4, part)
            let (factor, offset) = (d * scale, m * minimum)
            let bytes = q + (part >> 1) &* 32
            let shift: UInt8 = part & 1 == 0 ? 0 : 4
            for i in 0..<32 { y[part &* 32 &+ i] = factor * Float(bytes[i] >> shift & 15) - offset }
        }
    }

    @inline(__always)
    private static func q5_K(_ b: Bytes, _ y: Floats) {
        let (d, m, fifths, q) = (half(b), half(b + 2), b + 16, b + 48)
        for part in 0..<8 {
            let (scale, minimum) = scaleAndMinimum(b + 4, part)
            let (factor, offset) = (d * scale, m * minimum)
            let bytes = q + (part >> 1) &* 32
            let shift: UInt8 = part & 1 == 0 ? 0 : 4
            let bit = UInt8(truncatingIfNeeded: part)
            for i in 0..<32 {
                let value = bytes[i] >> shift & 15 | (fifths[i] >> bit & 1) << 4
                y[part &* 32 &+ i] = factor * Float(value) - offset
            }
        }
    }

    @inline(__always)
    private static func q6_K(_ b: Bytes, _ y: Floats) {
        let (lows, highs, scales) = (b, b + 128, b + 192)
        let d = half(b + 208)
        for half in 0..<2 {
            for quarter in 0..<4 {
                let low = lows + half &* 64 + (quarter & 1) &* 32
                let high = highs + half &* 32
                let lowShift: UInt8 = quarter < 2 ? 0 : 4
                let highShift = UInt8(truncatingIfNeeded: quarter &* 2)
                let first = half &* 128 &+ quarter &* 32
                for sixteenth in 0..<2 {
                    let factor = d * Float(Int8(bitPattern: scales[first / 16 &+ sixteenth]))
                    for i in sixteenth &* 16..<sixteenth &* 16 &+ 16 {
                        let value = low[i] >> lowShift & 15 | (high[i] >> highShift & 3) << 4
                        y[first &+ i] = factor * Float(Int32(value) &- 32)
                    }
                }
            }
        }
    }
}
