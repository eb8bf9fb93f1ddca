/// What turns the pieces of a text into ids (`model` of a `tokenizer.json`).
enum TokenModel: Sendable {
    case bpe(PairModel)
    case unigram(UnigramModel)
    case wordPiece(WordPieceModel)

    /// What calls on one thread reuse.
    struct Workspace {
        var cache = PieceCache()
        var merger = PieceMerger()
        var path: [UnigramModel.Node] = []
    }

    /// Appends the ids of each piece of `list`.
    func append(_ list: PieceList, to ids: inout [Int32], _ workspace: inout Workspace) {
        list.bytes.withUnsafeBytes { raw in
            for range in list.pieces {
                let piece = UnsafeRawBufferPointer(rebasing: raw[range])
                switch self {
                case .bpe(let model): model.append(piece, to: &ids, &workspace)
                case .unigram(let model): model.append(piece, to: &ids, &workspace)
                case .wordPiece(let model): model.append(piece, to: &ids)
                }
            }
        }
    }
}

/// The tokens of single bytes, `<0x00>` to `<0xFF>`, for what the vocabulary lacks (`byte_fallback`).
struct ByteTokens: Sendable {
    /// -1 where there is none.
    private let ids: [Int32]

    init(_ tokens: TokenTable) {
        ids = (0...255).map { byte in Self.spelling(of: UInt8(byte)).withUnsafeBytes { tokens.id(of: $0) } ?? -1 }
    }

    static func spelling(of byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]] + Array(">".utf8)
    }

    /// The byte that a token spelled so stands for.
    static func byte(of spelling: [UInt8]) -> UInt8? {
        guard spelling.count == 6, spelling.starts(with: "<0x".utf8), spelling[5] == UInt8(ascii: ">") else { return nil }
        return UInt8(String(decoding: spelling[3..<5], as: UTF8.self), radix: 16)
    }

    /// Whether all of `bytes` have a token.
    func cover(_ bytes: some Sequence<UInt8>) -> Bool { bytes.allSatisfy { ids[Int($0)] >= 0 } }
    subscript(byte: UInt8) -> Int32 { ids[Int(byte)] }
}
