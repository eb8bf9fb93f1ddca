import Synchronization

/// A byte-level byte-pair encoding, as GPT-2's: text is cut into pieces, each piece's bytes become tokens, and pairs
/// of tokens merge, lowest rank first, as long as the table has a merge for them.
public final class ByteLevelBPE: Tokenizer {
    /// How text is cut into pieces.
    public let preTokenizer: PreTokenizer
    public let endToken: Int32?
    /// Bytes for which the vocabulary has no token: they are lost in encoding. Empty for GPT-2.
    public let missingBytes: [UInt8]
    public let prefixTokens: [Int32]
    public var vocabularySize: Int { tokens.count }

    let tokens: TokenTable
    package let merges: MergeTable
    private let addedTokens: AddedTokens
    /// The token of each byte; -1 where there is none.
    private let tokenOfByte: [Int32]
    /// Buffers and caches at rest: a call takes one, so that calls on several threads do not wait for each other.
    private let idle = Mutex<[Workspace]>([])

    /// What one call of `encode` works with.
    private struct Workspace {
        var cache = PieceCache()
        var merger = PieceMerger()
    }

    init(
        tokens: TokenTable, merges: MergeTable, addedTokens: [AddedTokens.Token], preTokenizer: PreTokenizer,
        prefixTokens: [Int32] = []
    ) {
        self.tokens = tokens
        self.merges = merges
        self.addedTokens = AddedTokens(addedTokens)
        self.prefixTokens = prefixTokens
        self.preTokenizer = preTokenizer
        let ofByte = (0...255).map { byte in [UInt8(byte)].withUnsafeBytes { tokens.id(of: $0) } ?? -1 }
        tokenOfByte = ofByte
        missingBytes = (0...255).filter { ofByte[$0] < 0 }.map(UInt8.init)
        endToken = self.addedTokens.id(of: Self.endOfText)
    }

    /// The text of GPT-2's one special token.
    static let endOfText = Array("<|endoftext|>".utf8)

    public func bytes(of id: Int32) -> [UInt8]? { tokens.bytes(of: id).map(Array.init) }

    public func id(ofBytes bytes: [UInt8]) -> Int32? { bytes.withUnsafeBytes { tokens.id(of: $0) } }

    public func encode(validUTF8 text: UnsafeRawBufferPointer, special: Bool) -> [Int32] {
        var ids: [Int32] = []
        ids.reserveCapacity(text.count / 4 + 1)
        var workspace = idle.withLock { $0.popLast() } ?? Workspace()
        addedTokens.split(text, special: special) { plain, token in
            append(plain, to: &ids, &workspace)
            if let token { ids.append(token) }
        }
        let used = workspace
        idle.withLock { if $0.count < 16 { $0.append(used) } }
        return ids
    }

    public func lostBytes(in text: UnsafeRawBufferPointer) -> [UInt8] {
        missingBytes.isEmpty ? [] : missingBytes.filter { text.contains($0) }
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
