import CSQLite

/// How the values of a vector are kept.
package enum VectorType: String {
    case float32, float16

    package var size: Int { self == .float32 ? 4 : 2 }

    /// The rounding error that keeping added: float32 adds none to what the model computed.
    package var rounding: Double { self == .float32 ? 0 : 0x1p-11 }
}

/// The values of one vector after another, in the same memory.
package struct VectorReader {
    package private(set) var values: [Double] = []
    /// Whether the last vector held only finite values.
    package private(set) var isFinite = true

    package init() {}

    /// Reads little-endian values without a header. False when there are not `count` of them.
    package mutating func read(_ bytes: UnsafeRawBufferPointer, _ type: VectorType, count: Int) -> Bool {
        guard bytes.count == count * type.size else { return false }
        if values.count != count { values = Array(repeating: 0, count: count) }
        var allFinite = true
        values.withUnsafeMutableBufferPointer { values in
            switch type {
            case .float32:
                for i in 0..<count {
                    let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))
                    values[i] = Double(Float(bitPattern: bits))
                }
            case .float16:
                for i in 0..<count {
                    let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
                    values[i] = Self.double(half: bits)
                }
            }
            for value in values where !value.isFinite { allFinite = false }
        }
        isFinite = allFinite
        return true
    }

    /// IEEE 754 binary16; Float16 itself is not there on every Mac.
    package static func double(half bits: UInt16) -> Double {
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 31)
        let fraction = Double(bits & 1023)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
        }
    }
}

/// Statistics of a vector, in double precision and two passes.
package struct VectorMoments {
    package let mean, variance, skewness, kurtosis, minimum, maximum, square: Double

    package init(_ values: ArraySlice<Double>) {
        let n = Double(values.count)
        var sum = 0.0, square = 0.0, low = Double.infinity, high = -Double.infinity
        for x in values {
            sum += x
            square += x * x
            low = min(low, x)
            high = max(high, x)
        }
        let mean = sum / n
        var m1 = 0.0, m2 = 0.0, m3 = 0.0, m4 = 0.0
        for x in values {
            let d = x - mean, d2 = d * d
            m1 += d
            m2 += d2
            m3 += d2 * d
            m4 += d2 * d2
        }
        // What rounding left in the mean is taken out again.
        self.mean = mean + m1 / n
        variance = m2 / n - (m1 / n) * (m1 / n)
        skewness = m3 / n / (variance * variance.squareRoot())
        kurtosis = m4 / n / (variance * variance)
        (minimum, maximum, self.square) = (low, high, square)
    }
}
