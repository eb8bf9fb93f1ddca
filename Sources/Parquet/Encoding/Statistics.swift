/// Smallest and largest value of a column chunk, as the format orders them.
///
/// NaN has no place in the order and is passed over. A zero stands as -0.0 at the lower end and as +0.0 at the upper, so
/// that a reader that takes the two for different skips neither. Text and bytes are ordered byte by byte, unsigned.
struct Statistics {
    private(set) var nulls = 0
    private var integers: ClosedRange<Int64>?
    private var least = Double.infinity
    private var greatest = -Double.infinity
    private var lowest: [UInt8]?
    private var highest: [UInt8]?

    /// Longer text says little in a footer.
    private static let longestBound = 64

    mutating func countNull() { nulls += 1 }

    mutating func include(_ value: Int64) {
        guard let range = integers else { return integers = value...value }
        if value < range.lowerBound { integers = value...range.upperBound }
        if value > range.upperBound { integers = range.lowerBound...value }
    }

    mutating func include(_ value: Double) {
        if value < least { least = value }
        if value > greatest { greatest = value }
    }

    mutating func include(_ value: UnsafeRawBufferPointer) {
        if lowest.map({ value.lexicographicallyPrecedes($0) }) ?? true { lowest = Array(value) }
        if highest.map({ $0.lexicographicallyPrecedes(value) }) ?? true { highest = Array(value) }
    }

    /// Both ends in PLAIN encoding (bytes without their length); nil where there is no value with a place in the order.
    var bounds: (minimum: [UInt8], maximum: [UInt8])? {
        if let integers {
            return (Self.bytes(UInt64(bitPattern: integers.lowerBound)), Self.bytes(UInt64(bitPattern: integers.upperBound)))
        }
        if least <= greatest {
            return (Self.bytes((least == 0 ? -0.0 : least).bitPattern), Self.bytes((greatest == 0 ? 0.0 : greatest).bitPattern))
        }
        guard let lowest, let highest, max(lowest.count, highest.count) <= Self.longestBound else { return nil }
        return (lowest, highest)
    }

    private static func bytes(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
}
