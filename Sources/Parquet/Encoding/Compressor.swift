import CZstd

/// Zstandard, at its fastest level: activations hardly compress, and the rest does so at any level.
final class Compressor {
    private let context: OpaquePointer
    private static let level: Int32 = 1

    init() throws(ParquetError) {
        guard let context = ZSTD_createCCtx() else { throw .compressionFailed(reason: "out of memory") }
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Replaces what `output` holds by `input` compressed.
    func compress(_ input: UnsafeRawBufferPointer, into output: ByteBuffer) throws(ParquetError) {
        output.removeAll()
        let bound = ZSTD_compressBound(input.count)
        let size = ZSTD_compressCCtx(context, output.room(for: bound), bound, input.baseAddress, input.count, Self.level)
        guard ZSTD_isError(size) == 0 else { throw .compressionFailed(reason: String(cString: ZSTD_getErrorName(size))) }
        output.advance(size)
    }
}
