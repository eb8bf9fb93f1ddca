/// Tokens as bytes, by id and the other way round. All bytes lie in one array; the index is a hash table with open
/// addressing, since a dictionary keyed by 50,000 small arrays takes ten times as long to build.
struct TokenTable: Sendable {
    /// One past the last id that a table may hold: bounds what a file can make us allocate.
    static let idLimit = 1 << 24

    private var storage: [UInt8] = []
    /// Where the bytes of each id are in `storage`; an id without a token has start -1.
    private var spans: [Span] = []
    /// Ids by hash of their bytes; -1 where free. The size is a power of two.
    private var slots: [Int32]
    private var used = 0

    private struct Span {
        var start: Int32 = -1
        var count: Int32 = 0
    }

    init(expectedTokens: Int = 1024) {
        var size = 1024
        while size < expectedTokens * 2 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        spans.reserveCapacity(expectedTokens)
        storage.reserveCapacity(expectedTokens * 8)
    }

    /// One more than the highest id.
    var count: Int { spans.count }

    /// What became of a token.
    enum Addition { case added, duplicateID, duplicateBytes }

    /// Adds a token. `id` lies in `0..<idLimit`.
    mutating func add(_ bytes: UnsafeRawBufferPointer, id: Int) -> Addition {
        if spans.count <= id { spans += repeatElement(Span(), count: id + 1 - spans.count) }
        guard spans[id].start < 0 else { return .duplicateID }
        if (used + 1) * 2 > slots.count { grow() }
        let slot = find(bytes)
        guard slots[slot] < 0 else { return .duplicateBytes }
        slots[slot] = Int32(id)
        used += 1
        spans[id] = Span(start: Int32(storage.count), count: Int32(bytes.count))
        storage.append(contentsOf: bytes)
        return .added
    }

    /// The id of these bytes.
    func id(of bytes: UnsafeRawBufferPointer) -> Int32? {
        let id = slots[find(bytes)]
        return id < 0 ? nil : id
    }

    /// The bytes of `id`; nil where it has no token.
    package func bytes(of id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, id < spans.count, spans[Int(id)].start >= 0 else { return nil }
        let span = spans[Int(id)]
        return storage[Int(span.start)..<Int(span.start + span.count)]
    }

    /// The slot that holds `bytes`, or the free one where they belong.
    private func find(_ bytes: UnsafeRawBufferPointer) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash(bytes)) & mask
        while slots[slot] >= 0 {
            let span = spans[Int(slots[slot])]
            if Int(span.count) == bytes.count, equal(bytes, at: Int(span.start)) { break }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private func equal(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        for i in 0..<bytes.count where bytes[i] != storage[start + i] { return false }
        return true
    }

    private mutating func grow() {
        let ids = slots.filter { $0 >= 0 }
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for id in ids {
            let span = spans[Int(id)]
            let slot = storage[Int(span.start)..<Int(span.start + span.count)].withUnsafeBytes { find($0) }
            slots[slot] = id
        }
    }
}

/// A hash of bytes for tables in memory, eight at a time: multiply and fold. Not seeded, so an adversary could make
/// collisions; they cost time in proportion to his own vocabulary.
@inline(__always)
func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var state = UInt64(truncatingIfNeeded: bytes.count) &+ 0x9E37_79B9_7F4A_7C15
    var position = 0
    while position + 8 <= bytes.count {
        state = mix(state ^ bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        position += 8
    }
    var tail: UInt64 = 0
    while position < bytes.count {
        tail = tail << 8 | UInt64(bytes[position])
        position += 1
    }
    return mix(state ^ tail)
}

/// Both halves of a 64 by 64 bit product, folded.
@inline(__always)
func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
}
