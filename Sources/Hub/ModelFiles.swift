import Foundation

/// Which of a repository's files a model is made of.
enum ModelFiles {
    static let configuration = "config.json"
    static let weights = "model.safetensors"
    static let index = "model.safetensors.index.json"
    /// Taken where they are there.
    static let tokenizer = ["tokenizer.json", "vocab.json", "merges.txt", "vocab.txt", "tokenizer_config.json"]
}

/// The index of a checkpoint in several files: `{"weight_map": {"tensor": "shard", ...}}`.
enum ShardIndex {
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    private struct Index: Decodable {
        let weightMap: [String: String]
        enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
    }

    /// The names of the shards, each once, in order. They stay in the directory of the index.
    static func shards(_ json: Data) throws(Unusable) -> [String] {
        guard let index = try? JSONDecoder().decode(Index.self, from: json) else {
            throw Unusable(description: "has no \"weight_map\" of tensors to file names")
        }
        let names = Set(index.weightMap.values).sorted()
        guard !names.isEmpty else { throw Unusable(description: "names no shard") }
        for name in names where !isPlainName(name) {
            throw Unusable(
                description: "names the shard \"\(name.debugDescription.dropFirst().dropLast())\", "
                    + "expected a .safetensors file in the same directory")
        }
        return names
    }

    private static func isPlainName(_ name: String) -> Bool {
        name.hasSuffix(".safetensors") && !name.hasPrefix(".") && name.utf8.count <= 255
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/\\%?#".utf8.contains($0) }
    }
}
