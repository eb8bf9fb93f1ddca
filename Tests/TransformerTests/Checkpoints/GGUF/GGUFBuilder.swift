import Checkpoints
import Transformer

/// Makes GGUF files by hand, right or wrong.
struct GGUFBuilder {
    struct Tensor {
        var name = "t"
        /// As the file has them: innermost first.
        var extents: [UInt64] = [4]
        var type: UInt32 = 0
        var offset: UInt64 = 0
    }

    var magic = Array("GGUF".utf8)
    var version: UInt32 = 3
    var tensorCount: UInt64?
    var metadataCount: UInt64?
    /// Key, type and the value's bytes.
    var metadata: [(key: String, type: UInt32, bytes: [UInt8])] = []
    var tensors: [Tensor] = []
    var alignment = 32
    var dataCount = 0

    var bytes: [UInt8] {
        var file = magic + little(version) + little(tensorCount ?? UInt64(tensors.count))
        file += little(metadataCount ?? UInt64(metadata.count))
        for (key, type, bytes) in metadata { file += Self.string(key) + little(type) + bytes }
        for tensor in tensors {
            file += Self.string(tensor.name) + little(UInt32(tensor.extents.count))
            for extent in tensor.extents { file += little(extent) }
            file += little(tensor.type) + little(tensor.offset)
        }
        if !tensors.isEmpty { file += [UInt8](repeating: 0, count: (alignment - file.count % alignment) % alignment) }
        return file + (0..<dataCount).map { UInt8(truncatingIfNeeded: $0) }
    }

    func open() throws(GGUFError) -> GGUF { try GGUF(SharedBytes(bytes), file: "g") }

    static func string(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }
}

/// A number's bytes, lowest first.
func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
