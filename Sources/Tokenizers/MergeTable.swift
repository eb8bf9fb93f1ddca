/// The merges of a byte-pair encoding: a pair of ids to the merge's rank and the id it makes.
package struct MergeTable: Sendable {
    /// A merge: lower ranks go first.
    package struct Merge: Equatable {
        package let rank: Int32
        package let id: Int32
    }

    /// Open addressing; a key holds two ids of 0 or more, so all ones is free. The size is a power of two.
    private var keys: [UInt64]
    private var merges: [Merge]
    private(set) var count = 0
    private static let free = UInt64.max

    init(expectedMerges: Int) {
        var size = 1024
        while size < expectedMerges * 2 { size *= 2 }
        keys = [UInt64](repeating: Self.free, count: size)
        merges = [Merge](repeating: Merge(rank: 0, id: 0), count: size)
    }

    /// The merge of `left` and `right`, where there is one.
    @inline(__always)
    package subscript(left: Int32, right: Int32) -> Merge? {
        let slot = find(Self.key(left, right))
        return keys[slot] == Self.free ? nil : merges[slot]
    }

    /// The tokens that merges make, some more than once, in no particular order.
    var results: [Int32] { zip(keys, merges).compactMap { $0 == Self.free ? nil : $1.id } }

    /// Sets a merge; of two for one pair the later stands, as in Hugging Face's tokenizers.
    mutating func set(_ left: Int32, _ right: Int32, _ merge: Merge) {
        if (count + 1) * 2 > keys.count { grow() }
        let key = Self.key(left, right)
        let slot = find(key)
        if keys[slot] == Self.free {
            keys[slot] = key
            count += 1
        }
        merges[slot] = merge
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private func find(_ key: UInt64) -> Int {
        let mask = keys.count - 1
        var slot = Int(truncatingIfNeeded: mix(key ^ 0x243F_6A88_85A3_08D3)) & mask
        while keys[slot] != key, keys[slot] != Self.free { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        var larger = MergeTable(expectedMerges: keys.count)
        for (key, merge) in zip(keys, merges) where key != Self.free {
            larger.set(Int32(truncatingIfNeeded: key >> 32), Int32(truncatingIfNeeded: key), merge)
        }
        self = larger
    }
}
