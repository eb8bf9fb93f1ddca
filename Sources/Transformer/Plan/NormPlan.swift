/// What a norm computes, wherever it stands.
public struct NormPlan: Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// (x - mean) / sqrt(variance + epsilon) · gain + bias.
        case layerNorm = "layer_norm"
        /// x / sqrt(mean of x² + epsilon) · gain.
        case rmsNorm = "rms_norm"
    }

    public var kind: Kind
    /// Added to the variance, or to RMSNorm's mean square, under the root.
    public var epsilon: Double
    /// Added to the stored weight to make the gain: 1 in Gemma, whose weights are trained around 0.
    public var weightOffset: Double = 0
    /// Without weights the gain is 1 (OLMo).
    public var hasWeight = true
    public var hasBias: Bool

    public init(_ kind: Kind, epsilon: Double, weightOffset: Double = 0, hasWeight: Bool = true, hasBias: Bool? = nil) {
        self.kind = kind
        self.epsilon = epsilon
        self.weightOffset = weightOffset
        self.hasWeight = hasWeight
        self.hasBias = hasBias ?? (kind == .layerNorm)
    }
}
