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
    /// `rope_theta` and `rope_scaling`, or in newer files `rope_parameters` with both, which may have an object for each type of
    /// layer. What older files scale are the layers without a window.
    ///
    /// - Parameters:
    ///   - base: where it is not given.
    ///   - share: how much of a head is turned where `partial_rotary_factor` is not given; nil: all, and the key is refused.
    ///   - baseKey: what older files call `rope_theta`; nil: they do not have it.
    ///   - shareKey: what older files call `partial_rotary_factor`.
    ///   - layerType: whose object of `rope_parameters` it is.
    ///   - scalesWindows: whether `rope_scaling` is for layers with a window too.
    init(
        _ reader: ConfigurationReader, headWidth: Int, base: Double = 10_000, share: Double? = nil,
        baseKey: String? = "rope_theta", shareKey: String = "partial_rotary_factor", layerType: String? = nil,
        scalesWindows: Bool = false
    ) throws(ConfigurationError) {
        let isWindowed = layerType == "sliding_attention"
        let reader = isWindowed ? reader : try reader.withRotaryKeysTogether(baseKey: baseKey ?? "rope_theta")
        var newer = try reader.object("rope_parameters")
        // Without an object for each type of layer it says nothing of them.
        if let layerType, try newer?.object(layerType) == nil { newer = nil }
        let own = if let newer, let layerType { try newer.object(layerType) } else { newer }
        width = headWidth
        let isInNewer = own?.optional("partial_rotary_factor") != nil
        let (place, key) = isInNewer ? (own ?? reader, "partial_rotary_factor") : (reader, shareKey)
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
        self.base =
            if newer != nil {
                try own?.positive("rope_theta", default: base) ?? base
            } else if let baseKey {
                try reader.positive(baseKey, default: base)
            } else {
                base
            }
        scaling =
            if let own {
                try Self.scaling(own)
            } else if newer == nil, !isWindowed || scalesWindows, let older = try reader.object("rope_scaling") {
                try Self.scaling(older)
            } else {
                .none
            }
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

extension ConfigurationReader {
    /// The same configuration with the keys of rotary position embedding in one place, as transformers 5 reads them
    /// (`modeling_rope_utils.py`, `convert_rope_params_to_dict`): of `rope_scaling` and `rope_parameters` the first wins where
    /// both are given, and `rope_theta` at the top, or what the family calls it there, stands where that object has none.
    func withRotaryKeysTogether(baseKey: String) throws(ConfigurationError) -> ConfigurationReader {
        let key = optional("rope_scaling").map { $0 == .object([:]) } == false ? "rope_scaling" : "rope_parameters"
        guard try object(key) != nil, case .object(var inner)? = optional(key) else { return self }
        let isForEachLayerType = inner.values.contains { if case .object = $0 { true } else { false } }
        if isForEachLayerType { return self }
        if inner["rope_theta"] ?? .null == .null { inner["rope_theta"] = optional(baseKey) }
        var changes: [String: JSONValue] = [
            baseKey: inner["rope_theta"] ?? .null, "rope_scaling": .null, "rope_parameters": .null,
        ]
        changes[key] = .object(inner)
        return replacing(changes)
    }
}
