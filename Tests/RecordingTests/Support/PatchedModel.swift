import Checkpoints
import Foundation
import TestSupport
import Testing
import Transformer

extension TemporaryDirectory {
    /// The fixture `odd`, in a folder of this directory, with one element of a tensor replaced.
    func patchedOdd(_ tensor: String, at index: Int, _ value: Float, folder: String = "") throws -> Model {
        let source = Paths.fixture("odd/model.safetensors")
        let file = try Safetensors(MappedFile(path: source))
        let entry = try #require(file.tensors[tensor])
        var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: source)))
        let offset = entry.byteRange.lowerBound + 4 * index
        for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: value.bitPattern >> (8 * byte)) }
        try FileManager.default.createDirectory(atPath: place("./" + folder), withIntermediateDirectories: true)
        _ = try write(folder + "/model.safetensors", bytes)
        _ = try write(folder + "/config.json", [UInt8](Data(contentsOf: URL(fileURLWithPath: Paths.fixture("odd/config.json")))))
        return try Model(directory: self.place("./" + folder))
    }
}
