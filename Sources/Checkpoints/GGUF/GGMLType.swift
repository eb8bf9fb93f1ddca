/// The element types of GGUF files (ggml-org/ggml, `ggml.h`, `enum ggml_type`). Most hold a row in blocks of a few small
/// integers each, which share a scale.
// swift-format-ignore: AlwaysUseLowerCamelCase
public enum GGMLType: UInt32, Sendable, CaseIterable {
    case f32 = 0, f16
    case q4_0, q4_1
    case q5_0 = 6, q5_1, q8_0, q8_1
    case q2_K, q3_K, q4_K, q5_K, q6_K, q8_K
    case iq2_xxs, iq2_xs, iq3_xxs, iq1_s, iq4_nl, iq3_s, iq2_s, iq4_xs
    case i8, i16, i32, i64, f64
    case iq1_m, bf16
    case tq1_0 = 34, tq2_0
    case mxfp4 = 39, nvfp4, q1_0

    /// The name in ggml's tools, such as `Q4_K`.
    public var name: String {
        switch self {
        case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .q8_K: "\(self)".replacing("q", with: "Q")
        default: "\(self)".uppercased()
        }
    }

    /// Elements in a block, and the bytes it takes.
    public var block: (length: Int, byteCount: Int) {
        switch self {
        case .f32, .i32: (1, 4)
        case .f16, .bf16, .i16: (1, 2)
        case .i8: (1, 1)
        case .f64, .i64: (1, 8)
        case .q4_0, .iq4_nl: (32, 18)
        case .q4_1: (32, 20)
        case .q5_0: (32, 22)
        case .q5_1: (32, 24)
        case .q8_0: (32, 34)
        case .q8_1: (32, 40)
        case .mxfp4: (32, 17)
        case .nvfp4: (64, 36)
        case .q1_0: (128, 18)
        case .q2_K: (256, 84)
        case .q3_K, .iq3_s: (256, 110)
        case .q4_K: (256, 144)
        case .q5_K: (256, 176)
        case .q6_K: (256, 210)
        case .q8_K: (256, 292)
        case .iq2_xxs, .tq2_0: (256, 66)
        case .iq2_xs: (256, 74)
        case .iq2_s: (256, 82)
        case .iq3_xxs: (256, 98)
        case .iq1_s: (256, 50)
        case .iq1_m: (256, 56)
        case .iq4_xs: (256, 136)
        case .tq1_0: (256, 54)
        }
    }

    /// How it is read as Float; nil for the types that are not.
    public var format: ElementFormat? {
        switch self {
        case .f32: .plain(.f32)
        case .f16: .plain(.f16)
        case .bf16: .plain(.bf16)
        case .f64: .plain(.f64)
        case .q4_0: .blocks(.q4_0)
        case .q4_1: .blocks(.q4_1)
        case .q5_0: .blocks(.q5_0)
        case .q5_1: .blocks(.q5_1)
        case .q8_0: .blocks(.q8_0)
        case .q4_K: .blocks(.q4_K)
        case .q5_K: .blocks(.q5_K)
        case .q6_K: .blocks(.q6_K)
        default: nil
        }
    }
}
