/// A unigram language model (Kudo 2018, arXiv 1804.10959; SentencePiece): of all ways to cover a piece by tokens the most probable.
/// The sums are those of Hugging Face's tokenizers, in their order, so that ties fall alike.
struct UnigramModel: Sendable {
    let tokens: TokenTable
    /// Logarithms of probabilities, by id.
    let scores: [Double]
    let unknown: Int32?
    let fallback: ByteTokens?
    private let trie: ByteTrie
    private let unknownScore: Double

    /// The best way to a place in a piece.
    struct Node {
        var score = 0.0
        var start = -1
        var id: Int32 = 0
    }

    init(tokens: TokenTable, scores: [Double], unknown: Int32?, fallback: ByteTokens?) {
        self.tokens = tokens
        self.scores = scores
        self.unknown = unknown
        self.fallback = fallback
        trie = ByteTrie(tokens)
        unknownScore = (scores.min() ?? 0) - 10
    }

    func append(_ piece: UnsafeRawBufferPointer, to ids: inout [Int32], _ workspace: inout TokenModel.Workspace) {
        let key = PieceCache.Key(piece)
        if let key, workspace.cache.append(key, to: &ids) { return }
        let first = ids.count
        cover(piece, to: &ids, &workspace.path)
        if let key { workspace.cache.keep(key, ids[first...]) }
    }

    private func cover(_ piece: UnsafeRawBufferPointer, to ids: inout [Int32], _ path: inout [Node]) {
        path.removeAll(keepingCapacity: true)
        path.append(contentsOf: repeatElement(Node(), count: piece.count + 1))
        var start = 0
        while start < piece.count {
            var next = start
            _ = piece.scalar(at: &next)
            let here = path[start].score
            var hasSingle = false
            trie.forEachPrefix(of: piece, from: start) { end, id in
                let score = scores[Int(id)] + here
                if path[end].start < 0 || score > path[end].score { path[end] = Node(score: score, start: start, id: id) }
                if end == next { hasSingle = true }
            }
            if !hasSingle {
                let score = unknownScore + here
                if path[next].start < 0 || score > path[next].score {
                    path[next] = Node(score: score, start: start, id: unknown ?? -1)
                }
            }
            start = next
        }
        // Back from the end; unknown scalars that follow each other are one.
        var ranges: [Range<Int>] = []
        var end = piece.count
        var open: Range<Int>?
        while end > 0, path[end].start >= 0 {
            let node = path[end]
            if let unknown, node.id == unknown {
                open = node.start..<(open?.upperBound ?? end)
            } else {
                if let open { ranges.append(open) }
                open = nil
                ranges.append(node.start..<end)
            }
            end = node.start
        }
        if let open { ranges.append(open) }
        for range in ranges.reversed() {
            let bytes = UnsafeRawBufferPointer(rebasing: piece[range])
            if let id = tokens.id(of: bytes) {
                ids.append(id)
            } else if let fallback, fallback.cover(bytes) {
                for byte in bytes { ids.append(fallback[byte]) }
            } else if let unknown {
                ids.append(unknown)
            }
        }
    }
}

/// The tokens of a table as a tree of bytes, to find all that a text begins with. Children of a node lie in a hash table.
struct ByteTrie: Sendable {
    private var children: [UInt64: Int32] = [:]
    private var ids: [Int32] = [-1]
    private var ofLead = [Int32](repeating: -1, count: 256)

    init(_ tokens: TokenTable) {
        for id in 0..<Int32(tokens.count) {
            guard let bytes = tokens.bytes(of: id), let lead = bytes.first else { continue }
            var node = ofLead[Int(lead)]
            if node < 0 { node = makeNode(); ofLead[Int(lead)] = node }
            for byte in bytes.dropFirst() {
                let key = Self.key(node, byte)
                if let next = children[key] {
                    node = next
                } else {
                    let next = makeNode()
                    children[key] = next
                    node = next
                }
            }
            ids[Int(node)] = id
        }
    }

    private mutating func makeNode() -> Int32 {
        ids.append(-1)
        return Int32(ids.count - 1)
    }

    private static func key(_ node: Int32, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }

    /// Calls `body` with the end and the id of each token that `text` has at `start`, the shortest first.
    func forEachPrefix(of text: UnsafeRawBufferPointer, from start: Int, _ body: (_ end: Int, _ id: Int32) -> Void) {
        var node = ofLead[Int(text[start])]
        var end = start + 1
        while node >= 0 {
            if ids[Int(node)] >= 0 { body(end, ids[Int(node)]) }
            guard end < text.count, let next = children[Self.key(node, text[end])] else { return }
            node = next
            end += 1
        }
    }
}
