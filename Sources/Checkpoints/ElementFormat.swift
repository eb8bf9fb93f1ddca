import CKernels

/// How the elements of a tensor that can be read as Float are stored.
public enum ElementFormat: Sendable, Equatable {
    /// One by one.
    case plain(FloatType)
    /// In quantized blocks along the last extent.
    case blocks(QuantizedBlock)

    /// The name of the type in its container.
    public var name: String {
        switch self {
        case .plain(let type): type.rawValue
        case .blocks(let block): block.type.name
        }
    }

    /// Elements in the smallest piece that can be converted, and the bytes it takes.
    var block: (length: Int, byteCount: Int) {
        switch self {
        case .plain(let type): (1, type.byteCount)
        case .blocks(let block): block.type.block
        }
    }

    /// Bytes that so many elements take; nil where they are no whole blocks or too many for 64 bits.
    func byteCount(_ elements: Int) -> Int? {
        let (length, size) = block
        guard elements.isMultiple(of: length) else { return nil }
        let (bytes, overflow) = (elements / length).multipliedReportingOverflow(by: size)
        return overflow ? nil : bytes
    }

    /// What the kernels call it.
    var kernel: ak_format {
        switch self {
        case .plain(.f32): ak_f32
        case .plain(.f16): ak_f16
        case .plain(.bf16): ak_bf16
        case .plain(.f64): ak_f64
        case .blocks(let block): block.kernel
        }
    }
}
