/// Remembers the ids of short pieces: a fixed number of slots, each with the last piece that fell there.
struct PieceCache {
    private static let slotCount = 1 << 14
    /// The longest piece kept, in bytes, and the most ids.
    private static let longest = 16
    private static let mostIDs = 4

    private struct Slot {
        var key0: UInt64 = 0
        var key1: UInt64 = 0
        var ids = SIMD4<Int32>()
        /// Bytes of the piece; 0 in a free slot, as no piece is empty.
        var length: UInt8 = 0
        var idCount: UInt8 = 0
    }

    private var slots = [Slot](repeating: Slot(), count: slotCount)

    /// A piece as a key: its bytes in two words, filled up with zeros. Nil where it is too long to keep.
    struct Key {
        fileprivate let word0: UInt64
        fileprivate let word1: UInt64
        fileprivate let length: UInt8

        @inline(__always)
        init?(_ piece: UnsafeRawBufferPointer) {
            guard piece.count <= PieceCache.longest, !piece.isEmpty else { return nil }
            var words: (UInt64, UInt64) = (0, 0)
            withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: piece) }
            (word0, word1) = words
            length = UInt8(piece.count)
        }

        @inline(__always)
        fileprivate var slot: Int {
            Int(truncatingIfNeeded: mix(word0 ^ mix(word1 ^ UInt64(length)))) & (PieceCache.slotCount - 1)
        }
    }

    /// Appends the piece's ids to `ids` and returns true, where they are known.
    @inline(__always)
    func append(_ key: Key, to ids: inout [Int32]) -> Bool {
        let slot = slots[key.slot]
        guard slot.length == key.length, slot.key0 == key.word0, slot.key1 == key.word1 else { return false }
        for i in 0..<Int(slot.idCount) { ids.append(slot.ids[i]) }
        return true
    }

    /// Keeps the ids of a piece, unless they are too many.
    mutating func keep(_ key: Key, _ ids: ArraySlice<Int32>) {
        guard ids.count <= Self.mostIDs else { return }
        var slot = Slot(key0: key.word0, key1: key.word1, length: key.length, idCount: UInt8(ids.count))
        for (i, id) in ids.enumerated() { slot.ids[i] = id }
        slots[key.slot] = slot
    }
}
