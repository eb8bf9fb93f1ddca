import Checkpoints
import Foundation
import TestSupport
import Testing
import Transformer

extension TemporaryDirectory {
    /// The fixture `odd`, in a folder of this directory, with one element of a tensor replaced.
    func patchedOdd(_ tensor: String, at index: Int, _ value: Float, folder: String = "") throws -> Model {
        try changed("odd", folder: folder) { bytes, file in
            let offset = try #require(file.tensors[tensor]).byteRange.lowerBound + 4 * index
            for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: value.bitPattern >> (8 * byte)) }
        }
    }

    /// A fixture, in a folder of this directory, with all elements of some tensors zero.
    func zeroed(_ fixture: String, folder: String, _ isMeant: (String) -> Bool) throws -> Model {
        try changed(fixture, folder: folder) { bytes, file in
            let meant = file.tensors.filter { isMeant($0.key) }
            #expect(!meant.isEmpty)
            for range in meant.values.map(\.byteRange) {
                bytes.replaceSubrange(range, with: Array(repeating: 0, count: range.count))
            }
        }
    }

    private func changed(_ fixture: String, folder: String, _ change: (inout [UInt8], Safetensors) throws -> Void) throws -> Model {
        let source = Paths.fixture("\(fixture)/model.safetensors")
        var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: source)))
        try change(&bytes, try Safetensors(MappedFile(path: source)))
        try FileManager.default.createDirectory(atPath: place("./" + folder), withIntermediateDirectories: true)
        _ = try write(folder + "/model.safetensors", bytes)
        _ = try write(
            folder + "/config.json", [UInt8](Data(contentsOf: URL(fileURLWithPath: Paths.fixture("\(fixture)/config.json")))))
        return try Model(directory: self.place("./" + folder))
    }
}
