import Comparing
import Testing

@Suite struct EmbeddingSplitTests {
    private func bytes(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    }

    @Test func thePartsAddUpToTheVarianceOfTheSum() throws {
        // Variances 2/3 and 8/3 and covariance 2/3 of (1, 2, 3) and (1, 5, 3).
        let split = try #require(EmbeddingSplit(tokenEmbedding: bytes([1, 2, 3]), positionEmbedding: bytes([1, 5, 3])))
        #expect(abs(split.tokenEmbedding - 2.0 / 3) < 1e-15)
        #expect(abs((split.positionEmbedding ?? .nan) - 8.0 / 3) < 1e-15)
        #expect(abs((split.twiceCovariance ?? .nan) - 4.0 / 3) < 1e-15)
        #expect(abs(split.sum - 14.0 / 3) < 1e-14)  // of (2, 7, 6)
    }

    @Test func anyNumberOfEmbeddingsAddsUp() throws {
        let three = try #require(
            EmbeddingSplit(
                tokenEmbedding: bytes([1, 2, 3]), positionEmbedding: bytes([1, 5, 3]), tokenTypeEmbedding: bytes([0, 1, -1])))
        #expect(abs(three.sum - 6) < 1e-14)  // of (2, 8, 5): 31 - 25
        let one = try #require(EmbeddingSplit(tokenEmbedding: bytes([1, 2, 3]), positionEmbedding: nil))
        #expect(abs(one.sum - 2.0 / 3) < 1e-15 && one.positionEmbedding == nil && one.twiceCovariance == nil)
    }

    @Test func vectorsOfDifferentLengthsHaveNone() {
        #expect(EmbeddingSplit(tokenEmbedding: bytes([1, 2]), positionEmbedding: bytes([1])) == nil)
        #expect(EmbeddingSplit(tokenEmbedding: [], positionEmbedding: []) == nil)
    }
}
