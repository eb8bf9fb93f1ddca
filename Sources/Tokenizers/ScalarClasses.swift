/// The classes of Unicode scalars that the split rule tells apart.
package enum ScalarClass: UInt8 {
    /// Anything else: punctuation, marks, symbols, controls.
    case other = 0
    /// \p{L}
    case letter = 1
    /// \p{N}
    case number = 2
    /// \s
    case space = 3
}

/// The class of every scalar, from the frozen `UnicodeTables`: pages of 256, most of them shared.
package struct ScalarClasses: Sendable {
    package static let shared = ScalarClasses()
    /// The same with the numbers that Hugging Face's `Digits` takes apart.
    static let digits = ScalarClasses(laterNumbers: UnicodeTables.laterNumbers)

    private static let pageSize = 256
    /// The number of the page of each block of 256 scalars.
    private var pageNumber: [UInt16]
    /// Raw `ScalarClass` values. The first four pages are of one class throughout.
    private var classes: [UInt8]

    private init(laterNumbers: [UInt32] = []) {
        pageNumber = [UInt16](repeating: 0, count: 0x110000 / Self.pageSize)
        classes = []
        for value: UInt8 in 0...3 { classes += [UInt8](repeating: value, count: Self.pageSize) }
        fill(UnicodeTables.letters, with: .letter)
        fill(UnicodeTables.numbers, with: .number)
        fill(laterNumbers, with: .number)
        fill(UnicodeTables.spaces, with: .space)
    }

    /// The class of the scalar with this value, at most 0x10FFFF.
    @inline(__always)
    package subscript(scalar: UInt32) -> ScalarClass {
        let page = Int(pageNumber[Int(scalar >> 8)]) * Self.pageSize
        return ScalarClass(rawValue: classes[page + Int(scalar & 255)]) ?? .other
    }

    /// Gives `kind` to the scalars of `ranges`: inclusive bounds, flattened.
    private mutating func fill(_ ranges: [UInt32], with kind: ScalarClass) {
        for pair in stride(from: 0, to: ranges.count - 1, by: 2) {
            var low = Int(ranges[pair])
            let high = Int(ranges[pair + 1])
            while low <= high {
                let block = low / Self.pageSize
                let last = min(high, (block + 1) * Self.pageSize - 1)
                if last - low == Self.pageSize - 1 {
                    pageNumber[block] = UInt16(kind.rawValue)
                } else {
                    if pageNumber[block] <= 3 { makePage(block) }
                    let page = Int(pageNumber[block]) * Self.pageSize
                    for scalar in low...last { classes[page + scalar % Self.pageSize] = kind.rawValue }
                }
                low = last + 1
            }
        }
    }

    /// Gives `block` a page of its own, of the class it had.
    private mutating func makePage(_ block: Int) {
        let value = UInt8(pageNumber[block])
        pageNumber[block] = UInt16(classes.count / Self.pageSize)
        classes += [UInt8](repeating: value, count: Self.pageSize)
    }
}
