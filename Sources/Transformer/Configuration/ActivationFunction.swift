import Foundation

/// The activation functions of transformers' `ACT2FN` that this engine has.
public enum ActivationFunction: String, Sendable, CaseIterable {
    /// x/2 · (1 + tanh(sqrt(2/π)(x + 0.044715x³))), the approximation in GPT-2.
    case geluTanh = "gelu_new"
    /// x/2 · (1 + erf(x/√2)).
    case geluErf = "gelu"
    case relu
    /// x / (1 + exp(-x)).
    case silu
    case tanh

    /// The function under one of the names that transformers knows it by; nil for names it does not share.
    public init?(huggingFaceName name: String) {
        switch name {
        case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
        case "gelu", "gelu_python": self = .geluErf
        case "relu": self = .relu
        case "silu", "swish": self = .silu
        case "tanh": self = .tanh
        default: return nil
        }
    }

    /// The function's value in double precision: the definition that kernels are tested against.
    public func callAsFunction(_ x: Double) -> Double {
        switch self {
        case .geluTanh: 0.5 * x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .geluErf: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
        case .relu: max(0, x)
        case .silu: x / (1 + exp(-x))
        case .tanh: Foundation.tanh(x)
        }
    }
}
