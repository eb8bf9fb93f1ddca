/// A share of an input: every n-th block of its sequences.
///
/// Blocks and not single sequences, because a batch is made of neighbours and none reaches across the end of a block: the
/// batches of all shards are those of a recording in one go.
public struct Shard: Sendable, Hashable, CustomStringConvertible {
    /// From 1 to `count`.
    public let index: Int
    public let count: Int

    /// Sequences of a block.
    public static let blockSize = 128

    /// Nil unless `index` is from 1 to `count`.
    public init?(index: Int, count: Int) {
        guard index >= 1, index <= count else { return nil }
        self.index = index
        self.count = count
    }

    /// Reads `3/7`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let index = parts[0], let count = parts[1] else { return nil }
        self.init(index: index, count: count)
    }

    public var description: String { "\(index)/\(count)" }

    /// The block of the sequence with this number, from 0.
    static func block(of number: Int) -> Int { (number - 1) / blockSize }

    /// Whether the sequence with this number (from 1) is in the share.
    func holds(number: Int) -> Bool { Self.block(of: number) % count == index - 1 }
}
