import HeapModule

/// Merges the symbols of a piece, always the pair of lowest rank and of those the leftmost (Sennrich et al. 2016,
/// in the order of Hugging Face's tokenizers). Holds buffers to be used again for the next piece.
struct PieceMerger {
    /// Up to this many symbols, looking through all pairs each time beats a heap.
    private static let scanLimit = 32

    private var symbols: [Int32] = []
    private var ranks: [Int32] = []
    private var next: [Int32] = []
    private var previous: [Int32] = []
    private static let none = Int32.max

    /// Appends to `ids` what `symbols` becomes.
    mutating func merge(_ merges: borrowing MergeTable, into ids: inout [Int32]) {
        if symbols.count <= Self.scanLimit {
            mergeByScan(merges)
            ids.append(contentsOf: symbols)
        } else {
            mergeByHeap(merges, into: &ids)
        }
    }

    /// Begins a piece: the tokens of its bytes, those without a token left out.
    mutating func begin(_ piece: UnsafeRawBufferPointer, tokenOfByte: [Int32]) {
        symbols.removeAll(keepingCapacity: true)
        for byte in piece {
            let token = tokenOfByte[Int(byte)]
            if token >= 0 { symbols.append(token) }
        }
    }

    /// Begins a piece: these symbols.
    mutating func begin(_ symbols: [Int32]) { self.symbols = symbols }

    /// O(n²) with a small constant: `ranks[i]` is that of the pair at i.
    private mutating func mergeByScan(_ merges: borrowing MergeTable) {
        guard symbols.count > 1 else { return }
        ranks.removeAll(keepingCapacity: true)
        for i in 0..<symbols.count - 1 { ranks.append(merges[symbols[i], symbols[i + 1]]?.rank ?? Self.none) }
        while true {
            var best = 0
            var lowest = Self.none
            for i in 0..<ranks.count where ranks[i] < lowest { (lowest, best) = (ranks[i], i) }
            guard lowest != Self.none, let merge = merges[symbols[best], symbols[best + 1]] else { return }
            symbols[best] = merge.id
            symbols.remove(at: best + 1)
            ranks.remove(at: best)
            if best > 0 { ranks[best - 1] = merges[symbols[best - 1], symbols[best]]?.rank ?? Self.none }
            if best < ranks.count { ranks[best] = merges[symbols[best], symbols[best + 1]]?.rank ?? Self.none }
        }
    }

    /// O(n log n): a heap of (rank, place), entries that no longer hold left in it and passed over; symbols are a
    /// linked list in place, a merged one's right part marked by -1.
    private mutating func mergeByHeap(_ merges: borrowing MergeTable, into ids: inout [Int32]) {
        let count = symbols.count
        ranks = [Int32](repeating: Self.none, count: count)
        next = (1...Int32(count)).map { $0 }
        previous = (-1..<Int32(count) - 1).map { $0 }
        var entries: [UInt64] = []
        entries.reserveCapacity(count)
        for i in 0..<count - 1 {
            guard let merge = merges[symbols[i], symbols[i + 1]] else { continue }
            ranks[i] = merge.rank
            entries.append(Self.entry(merge.rank, i))
        }
        var heap = Heap(entries)
        while let entry = heap.popMin() {
            let place = Int(entry & 0xFFFF_FFFF)
            guard symbols[place] >= 0, ranks[place] == Int32(entry >> 32) else { continue }
            let right = Int(next[place])
            guard right < count, let merge = merges[symbols[place], symbols[right]] else { continue }
            symbols[place] = merge.id
            symbols[right] = -1
            next[place] = next[right]
            if next[right] < count { previous[Int(next[right])] = Int32(place) }
            if previous[place] >= 0 { rank(Int(previous[place]), merges, &heap) }
            rank(place, merges, &heap)
        }
        for symbol in symbols where symbol >= 0 { ids.append(symbol) }
    }

    /// Ranks the pair at `place` anew.
    private mutating func rank(_ place: Int, _ merges: borrowing MergeTable, _ heap: inout Heap<UInt64>) {
        let right = Int(next[place])
        guard right < symbols.count, let merge = merges[symbols[place], symbols[right]] else {
            ranks[place] = Self.none
            return
        }
        ranks[place] = merge.rank
        heap.insert(Self.entry(merge.rank, place))
    }

    private static func entry(_ rank: Int32, _ place: Int) -> UInt64 {
        UInt64(UInt32(bitPattern: rank)) << 32 | UInt64(place)
    }
}
