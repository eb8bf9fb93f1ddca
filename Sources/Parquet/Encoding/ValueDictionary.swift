/// The different values of a column, in the order in which they came.
///
/// Once there are too many, or too many that fall on one place of the table, a dictionary no longer pays: `index`
/// gives nil from then on.
final class ValueDictionary {
    /// The values in PLAIN encoding: the dictionary page.
    let page = ByteBuffer()
    private(set) var count = 0

    private static let mostValues = 1 << 16
    private static let mostBytes = 1 << 20
    private static let longestSearch = 64
    private static let slots = mostValues * 2

    /// Number of a value plus 1; 0 where there is none.
    private let table = UnsafeMutablePointer<UInt32>.allocate(capacity: slots)
    /// Values of fixed width, or where the others begin in `page`, by number.
    private let entries = UnsafeMutablePointer<UInt64>.allocate(capacity: mostValues)

    init() { table.initialize(repeating: 0, count: Self.slots) }

    deinit {
        table.deallocate()
        entries.deallocate()
    }

    func removeAll() {
        table.update(repeating: 0, count: Self.slots)
        page.removeAll()
        count = 0
    }

    /// The number of a value of 64 bits. One dictionary takes either such values or bytes.
    func index(of value: UInt64) -> UInt32? {
        var slot = Int(truncatingIfNeeded: (value &* 0x9E37_79B9_7F4A_7C15) >> 40) & (Self.slots - 1)
        for _ in 0..<Self.longestSearch {
            let number = table[slot]
            if number == 0 {
                guard claim(slot, value, bytes: 8) else { return nil }
                page.append(integer: value)
                return UInt32(count - 1)
            }
            if entries[Int(number - 1)] == value { return number - 1 }
            slot = (slot + 1) & (Self.slots - 1)
        }
        return nil
    }

    /// The number of a value of any length.
    func index(of value: UnsafeRawBufferPointer) -> UInt32? {
        var slot = Self.hash(value) & (Self.slots - 1)
        for _ in 0..<Self.longestSearch {
            let number = table[slot]
            if number == 0 {
                guard claim(slot, UInt64(page.count), bytes: 4 + value.count) else { return nil }
                page.append(integer: UInt32(value.count))
                page.append(value)
                return UInt32(count - 1)
            }
            if self[Int(number - 1)].holds(value) { return number - 1 }
            slot = (slot + 1) & (Self.slots - 1)
        }
        return nil
    }

    private func claim(_ slot: Int, _ entry: UInt64, bytes: Int) -> Bool {
        guard count < Self.mostValues, page.count + bytes <= Self.mostBytes else { return false }
        entries[count] = entry
        count += 1
        table[slot] = UInt32(count)
        return true
    }

    /// The bytes of the value with this number.
    private subscript(number: Int) -> UnsafeRawBufferPointer {
        let bytes = page.bytes, start = Int(entries[number])
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
        return UnsafeRawBufferPointer(rebasing: bytes[start + 4..<start + 4 + length])
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash = UInt64(bytes.count) &* 0xC2B2_AE3D_27D4_EB4F
        var index = 0
        while index + 8 <= bytes.count {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            index += 8
        }
        while index < bytes.count {
            hash = (hash ^ UInt64(bytes[index])) &* 0x0100_0000_01B3
            index += 1
        }
        hash = (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash >> 33)
    }
}
