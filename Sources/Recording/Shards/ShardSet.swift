import Digest
import Foundation

/// Shards that are one recording: each of them once, none missing, of one input, recorded in one way.
struct ShardSet {
    /// Paths and manifests in the order of their numbers.
    let shards: [(path: String, manifest: Manifest)]

    var count: Int { shards.count }
    var sequences: Int { shards.reduce(0) { $0 + $1.manifest.sequences } }
    var tokens: Int { shards.reduce(0) { $0 + $1.manifest.tokens } }

    /// Checks manifests against one another, and then each file against its manifest.
    ///
    /// - Parameter progress: called after each file with the bytes read, and those to read; false stops.
    init(_ paths: [String], progress: (Int, Int) -> Bool) throws {
        let given = try paths.map { (path: $0, manifest: try Manifest(beside: $0)) }
        guard let first = given.first else { throw ShardError.missing(shards: [], count: 0) }
        var byNumber: [Int: (path: String, manifest: Manifest)] = [:]
        for shard in given {
            try Self.compare(shard, first)
            if let other = byNumber.updateValue(shard, forKey: shard.manifest.shard) {
                throw ShardError.doubled(shard: shard.manifest.shard, path: shard.path, other: other.path)
            }
        }
        let missing = (1...first.manifest.shards).filter { byNumber[$0] == nil }
        if !missing.isEmpty { throw ShardError.missing(shards: missing, count: first.manifest.shards) }
        shards = byNumber.values.sorted { $0.manifest.shard < $1.manifest.shard }

        let total = shards.reduce(0) { $0 + $1.manifest.bytes }
        var read = 0
        for (path, manifest) in shards {
            // Sizes first: they cost nothing.
            guard Manifest.size(path) == manifest.bytes, Digest.ofFile(path) == manifest.sha256 else {
                throw ShardError.changed(path: path)
            }
            read += manifest.bytes
            guard progress(read, total) else { throw CancellationError() }
        }
    }

    private static func compare(_ shard: (path: String, manifest: Manifest), _ first: (path: String, manifest: Manifest)) throws {
        func differs(_ what: String, _ was: String, _ now: String) -> ShardError {
            .differs(path: shard.path, from: first.path, what: what, was: was, now: now)
        }
        let (a, b) = (first.manifest, shard.manifest)
        if let difference = RunConfiguration(values: b.configuration).difference(from: RunConfiguration(values: a.configuration)) {
            throw differs(difference.name, difference.was, difference.now)
        }
        if a.configSHA256 != b.configSHA256 { throw differs("configuration", a.configSHA256, b.configSHA256) }
        if a.weightsSHA256 != b.weightsSHA256 { throw differs("sha256 of the weights", a.weightsSHA256, b.weightsSHA256) }
        if a.inputSHA256 != b.inputSHA256 { throw differs("sha256 of the input", a.inputSHA256, b.inputSHA256) }
        if a.shards != b.shards { throw differs("number of shards", "\(a.shards)", "\(b.shards)") }
    }
}
