/// A byte-pair encoding (`BPE` in Hugging Face's tokenizers): the bytes of a piece, or its scalars, become tokens, and pairs of tokens
/// merge, lowest rank first.
struct PairModel: Sendable {
    /// What the symbols of a piece are before any merge.
    enum Symbols {
        /// Its bytes: the token of each, -1 where there is none.
        case bytes([Int32])
        /// Its scalars; with the tokens of single bytes, those stand in for a scalar without a token.
        case scalars(fallback: ByteTokens?)
    }

    let tokens: TokenTable
    let merges: MergeTable
    let symbols: Symbols
    /// What stands for a symbol without a token; nil: such a symbol is dropped.
    var unknown: Int32?
    /// Whether unknown symbols that follow each other are one token.
    var fusesUnknown = false
    /// Whether a piece that is a token is not built by merges.
    var ignoresMerges = false
    /// A sign before which a piece can be cut, since no merge goes across it from another symbol: it makes pieces short enough to
    /// remember.
    private let cut: [UInt8]?

    init(tokens: TokenTable, merges: MergeTable, symbols: Symbols) {
        self.tokens = tokens
        self.merges = merges
        self.symbols = symbols
        let sign = Array("\u{2581}".utf8)
        cut = if case .scalars = symbols, Self.isNeverCrossed(sign, tokens, merges) { sign } else { nil }
    }

    private static func isNeverCrossed(_ sign: [UInt8], _ tokens: TokenTable, _ merges: MergeTable) -> Bool {
        guard sign.withUnsafeBytes({ tokens.id(of: $0) }) != nil else { return false }
        return merges.results.allSatisfy { id in
            guard let bytes = tokens.bytes(of: id) else { return true }
            var position = bytes.startIndex
            while position < bytes.endIndex, bytes[position...].starts(with: sign) { position += sign.count }
            while position < bytes.endIndex {
                if bytes[position...].starts(with: sign) { return false }
                position += 1
            }
            return true
        }
    }

    func append(_ piece: UnsafeRawBufferPointer, to ids: inout [Int32], _ workspace: inout TokenModel.Workspace) {
        if ignoresMerges, let id = tokens.id(of: piece) { ids.append(id); return }
        guard let cut else { appendWhole(piece, to: &ids, &workspace); return }
        var start = 0
        var position = 0
        while position < piece.count {
            let isSign =
                piece[position] == cut[0] && position + 2 < piece.count && piece[position + 1] == cut[1]
                && piece[position + 2] == cut[2]
            guard isSign else { position += 1; continue }
            if position > start {
                appendWhole(UnsafeRawBufferPointer(rebasing: piece[start..<position]), to: &ids, &workspace)
                start = position
            }
            while position + 2 < piece.count, piece[position] == cut[0], piece[position + 1] == cut[1],
                piece[position + 2] == cut[2]
            {
                position += 3
            }
        }
        if start < piece.count { appendWhole(UnsafeRawBufferPointer(rebasing: piece[start...]), to: &ids, &workspace) }
    }

    private func appendWhole(_ piece: UnsafeRawBufferPointer, to ids: inout [Int32], _ workspace: inout TokenModel.Workspace) {
        let key = PieceCache.Key(piece)
        if let key, workspace.cache.append(key, to: &ids) { return }
        let first = ids.count
        switch symbols {
        case .bytes(let tokenOfByte) where unknown == nil: workspace.merger.begin(piece, tokenOfByte: tokenOfByte)
        case .bytes(let tokenOfByte):
            workspace.merger.begin(self.symbols(of: piece) { range in tokenOfByte[Int(piece[range.lowerBound])] })
        case .scalars:
            workspace.merger.begin(
                self.symbols(of: piece) { range in
                    tokens.id(of: UnsafeRawBufferPointer(rebasing: piece[range])) ?? -1
                })
        }
        workspace.merger.merge(merges, into: &ids)
        if let key { workspace.cache.keep(key, ids[first...]) }
    }

    /// The tokens of a piece before any merge; `token` gives that of one symbol, -1 where there is none.
    private func symbols(of piece: UnsafeRawBufferPointer, _ token: (Range<Int>) -> Int32) -> [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(piece.count)
        var isUnknownOpen = false
        var position = 0
        while position < piece.count {
            let start = position
            let fallback: ByteTokens?
            switch symbols {
            case .bytes:
                position += 1
                fallback = nil
            case .scalars(let bytes):
                _ = piece.scalar(at: &position)
                fallback = bytes
            }
            let id = token(start..<position)
            if id >= 0 {
                if isUnknownOpen, let unknown { result.append(unknown) }
                isUnknownOpen = false
                result.append(id)
            } else if let fallback, fallback.cover(piece[start..<position]) {
                for byte in piece[start..<position] { result.append(fallback[byte]) }
            } else if let unknown {
                if isUnknownOpen, !fusesUnknown { result.append(unknown) }
                isUnknownOpen = true
            }
        }
        if isUnknownOpen, let unknown { result.append(unknown) }
        return result
    }
}
