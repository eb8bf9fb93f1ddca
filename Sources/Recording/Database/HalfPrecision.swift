/// IEEE 754 binary16, for vectors in half the space.
enum HalfPrecision {
    /// Rounds to nearest, little-endian. A value beyond 65,504 by more than rounding becomes infinite.
    /// - Parameter encoded: gets the values in place of what it holds.
    /// - Returns: how many finite values became infinite.
    static func encode(_ values: UnsafeBufferPointer<Float>, into encoded: inout [UInt16]) -> Int {
        encoded.removeAll(keepingCapacity: true)
        var overflowed = 0
        for value in values {
            let half = Float16(value)
            if half.isInfinite, value.isFinite { overflowed += 1 }
            encoded.append(half.bitPattern.littleEndian)
        }
        return overflowed
    }
}

/// Values that float16 could not hold.
struct HalfOverflow: Sendable, Equatable {
    var count = 0
    /// Hook point, sequence and position of the first.
    var first: String?
}
