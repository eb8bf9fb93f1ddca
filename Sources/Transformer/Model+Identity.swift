import Digest

extension Model {
    /// sha256 of the weights: of the container's bytes, or of all shards' bytes in the order of their names.
    /// Reads every byte of them, once. Nil when they could not be read, or the system's library could not compute it.
    public func weightsSHA256() -> String? { weightsDigest.value(computeWeightsSHA256) }

    private func computeWeightsSHA256() -> String? {
        let hash = Digest(.sha256)
        for bytes in checkpoint.containers.map(\.fileBytes) {
            guard let file = bytes.wholeFile else { bytes.withUnsafeBytes { hash.update($0) }; continue }
            do { try file.withParts { hash.update($0) } } catch { return nil }
        }
        return hash.hexadecimal()
    }

    /// Tells models apart without reading all of their weights: sha256 of `config.json`, and of the first 4 KB of each
    /// MB of the weights. Training moves every weight, so two checkpoints of one training differ in it.
    public func fingerprint() -> String? {
        let hash = Digest(.sha256)
        configurationBytes.withUnsafeBytes { hash.update($0) }
        for bytes in checkpoint.containers.map(\.fileBytes) {
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update($0) }
            bytes.withUnsafeBytes { bytes in
                for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
                    hash.update(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 4096, bytes.count)]))
                }
            }
        }
        return hash.hexadecimal()
    }
}
