import Output
import Reading
import Foundation

/// The first bytes of an `.npy` file, version 1.0 (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): a Python dict,
/// padded so that the values begin at a multiple of 64 bytes.
enum NumPyHeader {
    static func bytes(type: VectorType, shape: [Int]) -> [UInt8] {
        let descriptor = type == .float32 ? "<f4" : "<f2"
        let sizes = shape.map(String.init).joined(separator: ", ")
        var text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(sizes)), }"
        let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
        let unpadded = magic.count + 2 + text.utf8.count + 1
        text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
        let length = UInt16(text.utf8.count)
        return magic + [UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
    }
}

/// The first bytes of a safetensors file: the header's length, 8 bytes, and the header, JSON, padded to a multiple of 8.
enum SafetensorsHeaderWriter {
    struct Entry {
        let name, dtype: String
        let shape: [Int]
        let bytes: Int
    }

    /// The entries lie one after another in the file.
    static func bytes(_ entries: [Entry], metadata: [String: String]) -> [UInt8] {
        let about = metadata.sorted { $0.key < $1.key }.map { "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))" }
        var parts = ["\"__metadata__\":{\(about.joined(separator: ","))}"]
        var offset = 0
        for entry in entries {
            let sizes = entry.shape.map(String.init).joined(separator: ",")
            parts.append(
                "\(JSONText.quoted(entry.name)):{\"dtype\":\"\(entry.dtype)\",\"shape\":[\(sizes)],\"data_offsets\":[\(offset),\(offset + entry.bytes)]}"
            )
            offset += entry.bytes
        }
        var text = "{" + parts.joined(separator: ",") + "}"
        text += String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
        return (0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) } + Array(text.utf8)
    }
}
