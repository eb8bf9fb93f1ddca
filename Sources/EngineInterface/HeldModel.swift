import Transformer

/// A model in the hands of a program in another language, which refers to it by an address.
final class HeldModel: Sendable {
    let model: Model
    /// Every hook point: the interface names one by its index here.
    let points: [HookPoint]

    init(_ model: Model) {
        self.model = model
        points = model.hookPoints
    }

    /// The address that stands for it, until `release`.
    func hold() -> UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }

    static func of(_ address: UnsafeMutableRawPointer) -> HeldModel {
        Unmanaged<HeldModel>.fromOpaque(address).takeUnretainedValue()
    }

    static func release(_ address: UnsafeMutableRawPointer) { Unmanaged<HeldModel>.fromOpaque(address).release() }
}

/// What a program may want to know of a model, as JSON.
struct ModelDescription: Encodable {
    struct Point: Encodable {
        let name: String
        let heads: Int
        /// Whether rows hold a value for each key that the token sees.
        let keys: Bool
    }

    let name, source, architecture, norm, placement: String
    let layers, heads, keyValueHeads, width, headWidth, innerWidth, vocabulary, context, parameters: Int
    let epsilon: Double
    /// Why the model has no tokenizer that can be used.
    let tokenizerFault: String?
    let hasTokenizer: Bool
    let hookPoints: [Point]

    init(_ held: HeldModel) {
        let (model, c) = (held.model, held.model.configuration)
        (name, source, architecture) = (model.name, model.source, c.architecture.rawValue)
        (norm, placement) = (c.normKind.rawValue, c.normPlacement.rawValue)
        (layers, heads, keyValueHeads) = (c.layerCount, c.headCount, c.keyValueHeadCount)
        (width, headWidth, innerWidth) = (c.width, c.headWidth, c.innerWidth)
        (vocabulary, context, parameters) = (c.vocabularySize, c.contextLength, model.parameterCount)
        epsilon = c.epsilon
        tokenizerFault = model.tokenizerFault.map { "\($0)" }
        hasTokenizer = model.tokenizer != nil
        hookPoints = held.points.map { Point(name: "\($0)", heads: c.headCount(at: $0), keys: $0.hasKeys) }
    }
}

extension HookPoint {
    /// Whether rows hold a value for each key that the token sees.
    var hasKeys: Bool {
        switch self {
        case .attention(_, .scores), .attention(_, .pattern): true
        default: false
        }
    }
}
