import CDigest

extension Model {
    /// sha256 of the weights: of the container's bytes, or of all shards' bytes in the order of their names.
    /// Reads every byte of them. Nil when they could not be read, or the system's library could not compute it.
    public func weightsSHA256() -> String? {
        let hash = SHA256()
        for bytes in checkpoint.containers.map(\.fileBytes) {
            guard let file = bytes.wholeFile else { bytes.withUnsafeBytes { hash.update($0) }; continue }
            do { try file.withParts { hash.update($0) } } catch { return nil }
        }
        return hash.hexadecimal()
    }

    /// Tells models apart without reading all of their weights: sha256 of `config.json`, and of the first 4 KB of each
    /// MB of the weights. Training moves every weight, so two checkpoints of one training differ in it.
    public func fingerprint() -> String? {
        let hash = SHA256()
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

/// A running SHA-256.
private final class SHA256 {
    private var state: OpaquePointer?

    init() { state = digest_sha256_new() }

    deinit { _ = hexadecimal() }

    func update(_ bytes: UnsafeRawBufferPointer) {
        if let state { digest_sha256_update(state, bytes.baseAddress, bytes.count) }
    }

    /// 64 digits; ends the computation. Nil when the library failed, or the second time.
    func hexadecimal() -> String? {
        guard let state else { return nil }
        self.state = nil
        var digest = [UInt8](repeating: 0, count: 32)
        guard digest_sha256_finish(state, &digest) != 0 else { return nil }
        return digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
