import Foundation

extension FakeHub {
    struct NotSafetensors: Error {}

    /// The tiny model with its weights in two containers and an index.
    static func shardedFiles() throws -> [String: File] {
        var files = try tinyFiles()
        guard let whole = files.removeValue(forKey: "model.safetensors")?.bytes else { throw NotSafetensors() }
        let headerSize = whole[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let json = try JSONSerialization.jsonObject(with: Data(whole[8..<8 + headerSize]))
        guard let header = json as? [String: Any] else { throw NotSafetensors() }
        let names = header.keys.filter { $0 != "__metadata__" }.sorted()
        var map: [String: String] = [:]
        for (number, part) in [names[..<(names.count / 2)], names[(names.count / 2)...]].enumerated() {
            var (shardHeader, data) = ([String: Any](), [UInt8]())
            let shard = "model-0000\(number + 1)-of-00002.safetensors"
            for name in part {
                guard var entry = header[name] as? [String: Any], let range = entry["data_offsets"] as? [Int] else {
                    throw NotSafetensors()
                }
                let start = data.count
                data += whole[(8 + headerSize + range[0])..<(8 + headerSize + range[1])]
                entry["data_offsets"] = [start, data.count]
                shardHeader[name] = entry
                map[name] = shard
            }
            var text = Array(try JSONSerialization.data(withJSONObject: shardHeader))
            while text.count % 8 != 0 { text.append(0x20) }
            let size = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> ($0 * 8)) }
            files[shard] = File(size + text + data, isLarge: true)
        }
        files["model.safetensors.index.json"] = index(of: map)
        return files
    }

    static func index(of map: [String: String]) -> File {
        File(Array((try? JSONSerialization.data(withJSONObject: ["weight_map": map])) ?? Data()))
    }
}
