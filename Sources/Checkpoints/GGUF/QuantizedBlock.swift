import CKernels

/// The quantized types that are read as Float: rows in blocks of integers of a few bits, with scales in half precision
/// (ggml-org/ggml, `ggml-common.h`, `block_q4_0` and on; values as `dequantize_row_*` in `ggml-quants.c`).
///
/// d is a block's scale, m what is added, q an integer. The K types split a block of 256 into parts with small integer
/// scales of their own.
// swift-format-ignore: AlwaysUseLowerCamelCase
public enum QuantizedBlock: Sendable {
    /// d · (q - 8), 4 bits.
    case q4_0
    /// d · q + m, 4 bits.
    case q4_1
    /// d · (q - 16), 5 bits.
    case q5_0
    /// d · q + m, 5 bits.
    case q5_1
    /// d · q, 8 bits with sign.
    case q8_0
    /// d · scale · q - m · minimum, 4 bits, eight parts.
    case q4_K
    /// d · scale · q - m · minimum, 5 bits, eight parts.
    case q5_K
    /// d · scale · (q - 32), 6 bits, sixteen parts.
    case q6_K

    /// The type in files.
    public var type: GGMLType {
        switch self {
        case .q4_0: .q4_0
        case .q4_1: .q4_1
        case .q5_0: .q5_0
        case .q5_1: .q5_1
        case .q8_0: .q8_0
        case .q4_K: .q4_K
        case .q5_K: .q5_K
        case .q6_K: .q6_K
        }
    }

    /// What the kernels call it.
    var kernel: ak_format {
        switch self {
        case .q4_0: ak_q4_0
        case .q4_1: ak_q4_1
        case .q5_0: ak_q5_0
        case .q5_1: ak_q5_1
        case .q8_0: ak_q8_0
        case .q4_K: ak_q4_k
        case .q5_K: ak_q5_k
        case .q6_K: ak_q6_k
        }
    }
}
