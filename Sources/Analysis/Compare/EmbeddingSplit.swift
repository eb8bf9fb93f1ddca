/// Where the variance at the first site comes from. What enters it is the sum of a token's embedding and a position's, so
/// Var(wte + wpe) = Var(wte) + Var(wpe) + 2 Cov(wte, wpe), over the features of the vector.
public struct EmbeddingSplit: Sendable, Equatable {
    public var tokenEmbedding = 0.0
    public var positionEmbedding = 0.0
    public var twiceCovariance = 0.0

    public var sum: Double { tokenEmbedding + positionEmbedding + twiceCovariance }

    init() {}

    /// The split of one token: two vectors of little-endian float32. Nil when they are not of one length.
    package init?(tokenEmbedding token: [UInt8], positionEmbedding position: [UInt8]) {
        let (token, position) = (Self.values(token), Self.values(position))
        guard !token.isEmpty, token.count == position.count else { return nil }
        let n = Double(token.count)
        let tokenMean = token.reduce(0, +) / n
        let positionMean = position.reduce(0, +) / n
        for (a, b) in zip(token, position) {
            tokenEmbedding += (a - tokenMean) * (a - tokenMean) / n
            positionEmbedding += (b - positionMean) * (b - positionMean) / n
            twiceCovariance += 2 * (a - tokenMean) * (b - positionMean) / n
        }
    }

    /// The mean of some splits; nil when there is none.
    static func mean(of splits: [EmbeddingSplit]) -> EmbeddingSplit? {
        guard !splits.isEmpty else { return nil }
        return splits.reduce(into: EmbeddingSplit()) { mean, split in
            mean.tokenEmbedding += split.tokenEmbedding / Double(splits.count)
            mean.positionEmbedding += split.positionEmbedding / Double(splits.count)
            mean.twiceCovariance += split.twiceCovariance / Double(splits.count)
        }
    }

    private static func values(_ bytes: [UInt8]) -> [Double] {
        bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count - raw.count % 4, by: 4).map {
                Double(Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self))))
            }
        }
    }
}
