import CKernels

/// Rotary position embedding (Su et al. 2021, arXiv 2104.09864) as Llama has it: at position p, features i and i + width/2
/// of each head's query and key are rotated by the angle p · `inverseFrequencies[i]`.
public struct RotaryEmbedding: Sendable, Equatable {
    /// How frequencies are changed for contexts longer than those of the training.
    public enum Scaling: Sendable, Equatable {
        case none
        /// All frequencies divided by one factor.
        case linear(factor: Double)
        /// Llama 3.1: wavelengths beyond `originalContext / lowFrequencyFactor` positions are divided by `factor`, those
        /// below `originalContext / highFrequencyFactor` kept, and those between blended.
        case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalContext: Int)
        /// Each frequency divided by a factor of its own, `width / 2` of them, as GGUF files store them.
        case each([Double])
    }

    /// The base of the frequencies, theta.
    public var base: Double
    /// How many features of a head take part: all of them, an even number.
    public var width: Int
    public var scaling: Scaling

    package init(base: Double, width: Int, scaling: Scaling) {
        self.base = base
        self.width = width
        self.scaling = scaling
    }

    /// The angle a position turns each pair of features by, [width / 2], highest first where nothing is scaled.
    public var inverseFrequencies: [Double] {
        (0..<width / 2).map { index in
            let frequency = ak_power(base, -2 * Double(index) / Double(width))
            switch scaling {
            case .none: return frequency
            case .linear(let factor): return frequency / factor
            case .each(let factors): return frequency / factors[index]
            case .llama3(let factor, let low, let high, let original):
                // How many turns the original context holds.
                let turns = Double(original) * frequency / (2 * .pi)
                if turns < low { return frequency / factor }
                if turns > high { return frequency }
                let kept = (turns - low) / (high - low)
                return (1 - kept) * frequency / factor + kept * frequency
            }
        }
    }
}

extension RotaryEmbedding {
    /// `rope_theta` and `rope_scaling`, or in newer files `rope_parameters` with both.
    init(_ reader: ConfigurationReader, width: Int) throws(ConfigurationError) {
        self.width = width
        if let newer = try reader.object("rope_parameters") {
            base = try newer.positive("rope_theta", default: 10_000)
            scaling = try Self.scaling(newer)
        } else {
            base = try reader.positive("rope_theta", default: 10_000)
            scaling = if let older = try reader.object("rope_scaling") { try Self.scaling(older) } else { .none }
        }
    }

    private static func scaling(_ reader: ConfigurationReader) throws(ConfigurationError) -> Scaling {
        let key = reader.optional("rope_type") == nil ? "type" : "rope_type"
        if let partial = reader.optional("partial_rotary_factor"), partial != .integer(1), partial != .number(1) {
            throw reader.error(.unsupported(key: reader.path("partial_rotary_factor"), found: partial.summary))
        }
        guard reader.optional(key) != nil else { return .none }
        switch try reader.string(key) {
        case "default": return .none
        case "linear": return .linear(factor: try reader.positive("factor"))
        case "llama3":
            let low = try reader.positive("low_freq_factor")
            let high = try reader.positive("high_freq_factor")
            guard high > low else {
                throw reader.error(
                    .outOfRange(key: reader.path("high_freq_factor"), found: "\(high)", expected: "above low_freq_factor"))
            }
            return .llama3(
                factor: try reader.positive("factor"), lowFrequencyFactor: low, highFrequencyFactor: high,
                originalContext: try reader.size(
                    "original_max_position_embeddings", limit: ModelConfiguration.rowLimit))
        case let other: throw reader.error(.unsupported(key: reader.path(key), found: other))
        }
    }
}
