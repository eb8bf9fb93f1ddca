import Digest
import Files
import Foundation
import GRDB

/// What lies beside a shard that is complete: what it is a share of, and what its file holds.
struct Manifest: Codable, Equatable {
    /// Of the manifest itself.
    var format = 1
    /// The shard's file, without its directory.
    var file: String
    var bytes: Int
    /// Of the file, in hexadecimal digits, as the others are.
    var sha256: String
    var shard: Int
    var shards: Int
    /// The run's uuid.
    var run: String
    var sequences: Int
    var tokens: Int
    /// What the rows follow from but the input: the same for all shards.
    var configuration: [String: String]
    var configSHA256: String
    /// Of all of the input, not of the share.
    var inputSHA256: String
    var weightsSHA256: String

    enum CodingKeys: String, CodingKey {
        case format, file, bytes, sha256, shard, shards, run, sequences, tokens, configuration
        case configSHA256 = "config_sha256"
        case inputSHA256 = "input_sha256"
        case weightsSHA256 = "weights_sha256"
    }

    /// Where a shard's manifest is or will be: beside the name by which the shard is given, or beside the file that this name, a
    /// link, leads to.
    static func path(of database: String) -> String {
        let beside = database + ".manifest.json"
        return FileInfo(beside) != nil ? beside : FilePath.followingLinks(database) + ".manifest.json"
    }

    /// Of the shard in the file at `path`, which holds one complete run. Reads all of it.
    init(_ db: Database, path: String) throws {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT r.*, d.weights_sha256 FROM runs r JOIN models d USING (model_id) WHERE status = 'complete'"),
            let shard: Int = row["shard"], let shards: Int = row["shards"], let input: String = row["input_sha256"],
            let weights: String = row["weights_sha256"],
            let configuration = (row["configuration"] as String?).flatMap({ RunConfiguration(json: $0) })
        else { throw ShardError.notAShard(path: path) }
        guard let sha256 = Digest.ofFile(path) else { throw RecordingError.noDigest }
        (file, self.sha256) = ((path as NSString).lastPathComponent, sha256)
        bytes = Self.size(path)
        (self.shard, self.shards, run) = (shard, shards, row["uuid"])
        (sequences, tokens) = (row["sequences"], row["tokens"])
        (self.configuration, configSHA256) = (configuration.values, try configuration.sha256)
        (inputSHA256, weightsSHA256) = (input, weights)
    }

    /// The manifest beside `database`.
    init(beside database: String) throws(ShardError) {
        guard let data = FileManager.default.contents(atPath: Self.path(of: database)) else { throw .noManifest(path: database) }
        do {
            self = try JSONDecoder().decode(Manifest.self, from: data)
        } catch {
            throw .badManifest(path: Self.path(of: database))
        }
        guard format == 1, Shard(index: shard, count: shards) != nil, sequences >= 0, tokens >= 0 else {
            throw .badManifest(path: Self.path(of: database))
        }
    }

    /// Written beside its place and moved there, so that there is none or a whole one.
    func write(beside database: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(fileURLWithPath: Self.path(of: database)), options: .atomic)
    }

    /// Bytes of the shard's file; -1 where there is none.
    static func size(_ path: String) -> Int { FileInfo(path)?.byteCount ?? -1 }
}

extension Recording {
    /// Puts a manifest beside the shard that was just completed, or was before.
    static func settleManifest(_ db: Database, path: String) throws {
        // One that is there must be of this file: a new one would vouch for whatever happened to it since.
        if let manifest = try? Manifest(beside: path), manifest.run == (try String.fetchOne(db, sql: "SELECT uuid FROM runs")) {
            guard manifest.bytes == Manifest.size(path) else { throw ShardError.changed(path: path) }
            return
        }
        try Manifest(db, path: path).write(beside: path)
    }
}
