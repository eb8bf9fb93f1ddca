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

/// Why shards cannot be taken for what they are said to be, or do not merge.
public enum ShardError: Error, Equatable, CustomStringConvertible {
    case notAShard(path: String)
    case noManifest(path: String)
    case badManifest(path: String)
    case changed(path: String)
    case differs(path: String, from: String, what: String, was: String, now: String)
    case doubled(shard: Int, path: String, other: String)
    case missing(shards: [Int], count: Int)
    case damaged(path: String, reason: String)
    case outputExists(path: String)
    case cannotWrite(path: String, reason: String)

    public var description: String {
        switch self {
        case .notAShard(let path): "\(path) is not a complete shard; record it with --shard"
        case .noManifest(let path):
            "\(path) has no manifest beside it: the shard is not complete, or the manifest was left behind; "
                + "record it again with the same --shard, which finishes it"
        case .badManifest(let path): "\(path) is not the manifest of a shard that this actrec knows; record the shard again"
        case .changed(let path): "\(path) is not the file that its manifest was written for; delete both and record the shard again"
        case .differs(let path, let other, let what, let was, let now):
            "\(path) does not go with \(other): its \(what) is \(now), not \(was); merge shards of one recording"
        case .doubled(let shard, let path, let other): "\(path) and \(other) are both shard \(shard); give each shard once"
        case .missing(let shards, let count):
            "missing of \(count) shards: \(shards.prefix(20).map(String.init).joined(separator: ", "))"
                + (shards.count > 20 ? " and \(shards.count - 20) more" : "") + "; record and give them too"
        case .damaged(let path, let reason): "\(path): \(reason); delete it with its manifest and record the shard again"
        case .outputExists(let path): "\(path) exists already; give another file"
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        }
    }
}
