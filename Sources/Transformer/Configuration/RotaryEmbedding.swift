import CKernels
import Checkpoints

/// Rotary position embedding (Su et al. 2021, arXiv 2104.09864): at position p, features i and i + width/2 of each head's
/// query and key are rotated by the angle p · `inverseFrequencies[i]`.
public struct RotaryEmbedding: Sendable, Hashable {
    /// How frequencies are changed for contexts longer than those of the training.
    public enum Scaling: Sendable, Hashable {
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
    /// How many features of a head take part, from its first on: an even number.
    public var width: Int
    public var scaling: Scaling
    /// Whether features 2i and 2i + 1 are turned together, as in GPT-J and Cohere, and not i and i + width/2.
    public var turnsNeighbours = false

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
    /// Reads rotary positions wherever a file says them. As in transformers 5 (`modeling_rope_utils.py`), `rope_theta` and
    /// `partial_rotary_factor` within the object of rotary positions win over those at the top.
    ///
    /// - Parameters:
    ///   - base: where it is not given.
    ///   - share: how much of a head is turned where `partial_rotary_factor` is not given; nil: all, and the key is refused.
    ///   - baseKey: what `rope_theta` is called at the top; nil: there is none.
    ///   - shareKey: what `partial_rotary_factor` is called at the top.
    ///   - layerType: whose object of `rope_parameters` it is.
    ///   - scalesWindows: whether `rope_scaling` is for layers with a window too.
    init(
        _ reader: ConfigurationReader, headWidth: Int, base: Double = 10_000, share: Double? = nil,
        baseKey: String? = "rope_theta", shareKey: String = "partial_rotary_factor", layerType: String? = nil,
        scalesWindows: Bool = false
    ) throws(ConfigurationError) {
        let isScaled = layerType != "sliding_attention" || scalesWindows
        let own = try Self.object(reader, layerType: layerType, isScaled: isScaled)
        width = headWidth
        let isWithin = own?.optional("partial_rotary_factor") != nil
        let (place, key) = isWithin ? (own ?? reader, "partial_rotary_factor") : (reader, shareKey)
        if let share {
            width = Int(Double(headWidth) * (try place.positive(key, default: share)))
        } else if let partial = place.optional(key), partial != .integer(1), partial != .number(1) {
            throw reader.error(.unsupported(key: place.path(key), found: partial.summary))
        }
        guard width.isMultiple(of: 2), (2...headWidth).contains(width) else {
            throw reader.error(
                .outOfRange(
                    key: width == headWidth ? reader.path("head_dim") : place.path(key), found: "\(width)",
                    expected: "an even number"))
        }
        let outside = if let baseKey { try reader.positive(baseKey, default: base) } else { base }
        self.base = try own?.positive("rope_theta", default: outside) ?? outside
        scaling = if let own { try Self.scaling(own) } else { .none }
    }

    /// The object that says how positions are turned. Of `rope_scaling`, which older files have, and `rope_parameters` the first wins
    /// where both are given. In `rope_parameters` with an object for each type of layer it replaces single keys, and there other
    /// keys of `rope_parameters` say nothing.
    private static func object(
        _ reader: ConfigurationReader, layerType: String?, isScaled: Bool
    ) throws(ConfigurationError) -> ConfigurationReader? {
        let scaling = isScaled ? try reader.object("rope_scaling") : nil
        let parameters = try reader.object("rope_parameters")
        guard let layerType else { return scaling?.isEmpty == false ? scaling : parameters }
        let own = try parameters?.object(layerType)
        guard let own, let scaling else { return own ?? scaling }
        return own.merging(scaling)
    }

    /// The values of `rope_type` that are read.
    package static let supportedTypes = ["default", "linear", "llama3"]

    private static func scaling(_ reader: ConfigurationReader) throws(ConfigurationError) -> Scaling {
        let key = reader.optional("rope_type") == nil ? "type" : "rope_type"
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
