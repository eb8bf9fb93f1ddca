/// Where the variance at the first site comes from. What enters it is a sum of embeddings: the token's, the position's where
/// positions are learned, and the segment's (token type) where there are segments. So it is the variance of each and twice
/// the covariance of each two, over the features of the vector.
public struct EmbeddingSplit: Sendable, Equatable {
    public var tokenEmbedding = 0.0
    /// Nil where positions are not learned.
    public var positionEmbedding: Double?
    /// Nil where there are no segments.
    public var tokenTypeEmbedding: Double?
    /// Of all pairs; nil where there is one embedding.
    public var twiceCovariance: Double?

    public var sum: Double { tokenEmbedding + (positionEmbedding ?? 0) + (tokenTypeEmbedding ?? 0) + (twiceCovariance ?? 0) }

    init() {}

    /// The split of one token: vectors of little-endian float32. Nil when they are not of one length.
    package init?(tokenEmbedding token: [UInt8], positionEmbedding position: [UInt8]?, tokenTypeEmbedding type: [UInt8]? = nil) {
        let given = [token, position, type].map { $0.map(Self.centred) }
        let vectors = given.compactMap(\.self)
        let width = vectors[0].count
        guard width > 0, vectors.allSatisfy({ $0.count == width }) else { return nil }
        func covariance(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(width) }
        tokenEmbedding = covariance(vectors[0], vectors[0])
        positionEmbedding = given[1].map { covariance($0, $0) }
        tokenTypeEmbedding = given[2].map { covariance($0, $0) }
        guard vectors.count > 1 else { return }
        twiceCovariance = 0
        for (index, a) in vectors.enumerated() {
            for b in vectors[(index + 1)...] { twiceCovariance = (twiceCovariance ?? 0) + 2 * covariance(a, b) }
        }
    }

    /// The mean of some splits, all of the same embeddings; nil when there is none.
    static func mean(of splits: [EmbeddingSplit]) -> EmbeddingSplit? {
        guard let first = splits.first else { return nil }
        func mean(_ value: (EmbeddingSplit) -> Double?) -> Double? {
            value(first).map { _ in splits.reduce(0) { $0 + (value($1) ?? 0) } / Double(splits.count) }
        }
        var split = EmbeddingSplit()
        split.tokenEmbedding = mean(\.tokenEmbedding) ?? 0
        split.positionEmbedding = mean(\.positionEmbedding)
        split.tokenTypeEmbedding = mean(\.tokenTypeEmbedding)
        split.twiceCovariance = mean(\.twiceCovariance)
        return split
    }

    /// The values minus their mean.
    private static func centred(_ bytes: [UInt8]) -> [Double] {
        let values = values(bytes)
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        return values.map { $0 - mean }
    }

    private static func values(_ bytes: [UInt8]) -> [Double] {
        bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count - raw.count % 4, by: 4).map {
                Double(Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self))))
            }
        }
    }
}
