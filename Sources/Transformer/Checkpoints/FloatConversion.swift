/// Conversion of little-endian elements at any alignment to Float. The loops have no branches, so that the
/// compiler vectorizes them for every target; Float16 would call a library function for each element on plain SSE2.
enum FloatConversion {
    /// Converts `target.count` elements of one type that begin at `source`, which must be long enough.
    static func convert(
        _ source: UnsafeRawBufferPointer, as type: FloatType, into target: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(source.count >= target.count * type.byteCount, "source shorter than target")
        guard let from = source.baseAddress, let to = target.baseAddress, !target.isEmpty else { return }
        let count = target.count
        switch type {
        case .f32:
            UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: count * 4)
        case .bf16:
            for i in 0..<count {
                to[i] = bfloat16(from.loadUnaligned(fromByteOffset: i &* 2, as: UInt16.self))
            }
        case .f16:
            for i in 0..<count {
                to[i] = float16(from.loadUnaligned(fromByteOffset: i &* 2, as: UInt16.self))
            }
        case .f64:
            for i in 0..<count {
                to[i] = Float(from.loadUnaligned(fromByteOffset: i &* 8, as: Double.self))
            }
        }
    }

    /// bfloat16 is the upper half of a float32.
    @inline(__always)
    static func bfloat16(_ bits: UInt16) -> Float {
        Float(bitPattern: UInt32(truncatingIfNeeded: bits) &<< 16)
    }

    /// IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits.
    @inline(__always)
    static func float16(_ bits: UInt16) -> Float {
        let half = UInt32(truncatingIfNeeded: bits)
        let magnitude = half & 0x7FFF
        // The exponent's bias goes from 15 to 127, or to 255 for infinities and NaN; subnormals count 2^-24.
        let rebias: UInt32 = magnitude >= 0x7C00 ? 0x7000_0000 : 0x3800_0000
        let normal = (magnitude &<< 13) &+ rebias
        let subnormal = (Float(Int32(truncatingIfNeeded: magnitude)) * 0x1p-24).bitPattern
        return Float(bitPattern: (magnitude < 0x0400 ? subnormal : normal) | (half & 0x8000) &<< 16)
    }
}
