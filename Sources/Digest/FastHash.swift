import CDigest

/// XXH3: finds every accident, at the speed of memory. It is no guard against somebody who seeks two inputs of one hash.
package final class FastHash {
    private var state: OpaquePointer?

    package init() { state = fast_hash_new() }

    deinit { _ = finish() }

    package func update(_ bytes: UnsafeRawBufferPointer) {
        if let state { fast_hash_update(state, bytes.baseAddress, bytes.count) }
    }

    /// The hash of 128 bits, as 16 bytes; ends the computation. Nil when there was no memory, or the second time.
    package func finish() -> [UInt8]? {
        guard let state else { return nil }
        self.state = nil
        var hash = [UInt8](repeating: 0, count: Int(FAST_HASH_BYTES))
        fast_hash_finish(state, &hash)
        return hash
    }

    /// The hash of 64 bits.
    package static func hash64(_ bytes: UnsafeRawBufferPointer) -> UInt64 { fast_hash_64(bytes.baseAddress, bytes.count) }
}
