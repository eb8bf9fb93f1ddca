import Foundation

/// The files of one commit in a cache, as far as they were downloaded.
public struct Snapshot: Sendable {
    /// What it was asked by.
    public let reference: ModelReference
    public let commit: String
    /// A directory in Hugging Face layout.
    public let path: String

    var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// Whether a file is there, and not only a link to a blob that is gone.
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

    /// Bytes of its files.
    public var size: Int {
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        var blobs: Set<String> = []
        return names.reduce(0) { sum, name in
            let blob = URL(fileURLWithPath: path + "/" + name).resolvingSymlinksInPath().path
            var status = stat()
            guard stat(blob, &status) == 0, status.st_mode & S_IFMT == S_IFREG, blobs.insert(blob).inserted else { return sum }
            return sum + Int(status.st_size)
        }
    }

    /// The first file that a model needs and the snapshot lacks; nil where it is whole.
    public var missingFile: String? {
        if !has("config.json") { return "config.json" }
        if has(ModelFiles.weights) { return nil }
        guard has(ModelFiles.index) else { return ModelFiles.weights }
        guard let data = FileManager.default.contents(atPath: path + "/" + ModelFiles.index),
            let shards = try? ShardIndex.shards(data)
        else { return nil }  // the loader says what is wrong with it
        return shards.first { !has($0) }
    }
}
