import Synchronization

/// A byte-level byte-pair encoding, as GPT-2's: text is cut into pieces, each piece's bytes become tokens, and pairs
/// of tokens merge, lowest rank first, as long as the table has a merge for them.
public final class ByteLevelBPE: Tokenizer {
    /// A token whose text is recognized before the text is cut into pieces.
    struct AddedToken: Sendable {
        let bytes: [UInt8]
        let id: Int32
        /// Recognized only when the caller asks for special tokens.
        let isSpecial: Bool
    }

    /// How text is cut into pieces.
    public let preTokenizer: PreTokenizer
    public let endToken: Int32?
    /// Bytes for which the vocabulary has no token: they are lost in encoding. Empty for GPT-2.
    public let missingBytes: [UInt8]
    public var vocabularySize: Int { tokens.count }

    let tokens: TokenTable
    package let merges: MergeTable
    private let addedTokens: [AddedToken]
    /// The token of each byte; -1 where there is none.
    private let tokenOfByte: [Int32]
    /// Buffers and caches at rest: a call takes one, so that calls on several threads do not wait for each other.
    private let idle = Mutex<[Workspace]>([])

    /// What one call of `encode` works with.
    private struct Workspace {
        var cache = PieceCache()
        var merger = PieceMerger()
    }

    init(tokens: TokenTable, merges: MergeTable, addedTokens: [AddedToken], preTokenizer: PreTokenizer) {
        self.tokens = tokens
        self.merges = merges
        // Longest first, so that of two that begin at one place the longer is taken.
        self.addedTokens = addedTokens.filter { !$0.bytes.isEmpty }.sorted { $0.bytes.count > $1.bytes.count }
        self.preTokenizer = preTokenizer
        let ofByte = (0...255).map { byte in [UInt8(byte)].withUnsafeBytes { tokens.id(of: $0) } ?? -1 }
        tokenOfByte = ofByte
        missingBytes = (0...255).filter { ofByte[$0] < 0 }.map(UInt8.init)
        endToken = addedTokens.first { $0.bytes == Self.endOfText }?.id
    }

    /// The text of GPT-2's one special token.
    static let endOfText = Array("<|endoftext|>".utf8)

    public func bytes(of id: Int32) -> [UInt8]? { tokens.bytes(of: id).map(Array.init) }

    public func id(ofBytes bytes: [UInt8]) -> Int32? { bytes.withUnsafeBytes { tokens.id(of: $0) } }

    public func encode(validUTF8 text: UnsafeRawBufferPointer, special: Bool) -> [Int32] {
        var ids: [Int32] = []
        ids.reserveCapacity(text.count / 4 + 1)
        var workspace = idle.withLock { $0.popLast() } ?? Workspace()
        let recognized = addedTokens.filter { special || !$0.isSpecial }
        var start = 0
        if !recognized.isEmpty {
            let leads = Set(recognized.map { $0.bytes[0] })
            var position = 0
            while position < text.count {
                if leads.contains(text[position]),
                    let token = recognized.first(where: { text[position...].starts(with: $0.bytes) })
                {
                    append(UnsafeRawBufferPointer(rebasing: text[start..<position]), to: &ids, &workspace)
                    ids.append(token.id)
                    position += token.bytes.count
                    start = position
                } else {
                    position += 1
                }
            }
        }
        append(UnsafeRawBufferPointer(rebasing: text[start...]), to: &ids, &workspace)
        let used = workspace
        idle.withLock { if $0.count < 16 { $0.append(used) } }
        return ids
    }

    /// Appends the ids of text without added tokens.
    private func append(_ text: UnsafeRawBufferPointer, to ids: inout [Int32], _ workspace: inout Workspace) {
        var scanner = PieceScanner(text, rule: preTokenizer)
        while let range = scanner.next() {
            let piece = UnsafeRawBufferPointer(rebasing: text[range])
            let key = PieceCache.Key(piece)
            if let key, workspace.cache.append(key, to: &ids) { continue }
            let first = ids.count
            workspace.merger.begin(piece, tokenOfByte: tokenOfByte)
            workspace.merger.merge(merges, into: &ids)
            if let key { workspace.cache.keep(key, ids[first...]) }
        }
    }
}
