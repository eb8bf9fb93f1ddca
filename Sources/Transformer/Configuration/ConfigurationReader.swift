import Checkpoints

/// Reads typed, checked values from a `config.json`, or what is like one, naming the key in every error. A key with null counts as absent.
struct ConfigurationReader {
    private let file: String
    /// Where the members stand in the file, for messages: empty, or the key of an object and a dot.
    private var prefix = ""
    private let members: [String: JSONValue]
    /// Where keys are called otherwise, as in GGUF's metadata.
    private var names: [String: String] = [:]

    init(_ json: SharedBytes, file: String) throws(ConfigurationError) {
        self.file = file
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: json)
        } catch {
            throw ConfigurationError(file: file, problem: .notJSON(error))
        }
        guard case .object(let members) = root else {
            throw ConfigurationError(file: file, problem: .notObject(found: root.summary))
        }
        self.members = members
    }

    init(file: String, prefix: String = "", members: [String: JSONValue], names: [String: String] = [:]) {
        self.file = file
        self.prefix = prefix
        self.members = members
        self.names = names
    }

    /// The same with other values at these keys.
    func replacing(_ changes: [String: JSONValue]) -> ConfigurationReader {
        ConfigurationReader(file: file, prefix: prefix, members: members.merging(changes) { $1 }, names: names)
    }

    /// Whether there is no key at all.
    var isEmpty: Bool { members.isEmpty }

    /// The same with the members of another reader, which win. Messages name them as if they stood here.
    func merging(_ other: ConfigurationReader) -> ConfigurationReader { replacing(other.members) }

    func error(_ problem: ConfigurationError.Problem) -> ConfigurationError {
        ConfigurationError(file: file, problem: problem)
    }

    func optional(_ key: String) -> JSONValue? {
        let value = members[names[key] ?? key]
        return value == .null ? nil : value
    }

    /// Whether the key is there, null or not.
    func has(_ key: String) -> Bool { members[names[key] ?? key] != nil }

    /// A reader that looks for keys under their other names where they are absent.
    func replacing(_ others: [String: String]) -> ConfigurationReader {
        var reader = self
        for (key, other) in others where members[key] == nil && members[other] != nil { reader.names[key] = other }
        return reader
    }

    /// Whether the key is there and null, which says something else than its absence.
    func isNull(_ key: String) -> Bool { members[names[key] ?? key] == .null }

    /// The key as messages name it, with those of the objects it is in.
    func path(_ key: String) -> String { prefix + (names[key] ?? key) }

    private func required(_ key: String) throws(ConfigurationError) -> JSONValue {
        guard let value = optional(key) else { throw error(.missing(key: path(key))) }
        return value
    }

    /// A reader of the object at `key`; nil where there is none.
    func object(_ key: String) throws(ConfigurationError) -> ConfigurationReader? {
        guard let value = optional(key) else { return nil }
        guard case .object(let inner) = value else { throw wrongType(key, "an object", value) }
        return ConfigurationReader(file: file, prefix: path(key) + ".", members: inner)
    }

    /// A list of strings; nil where there is none.
    func strings(_ key: String) throws(ConfigurationError) -> [String]? {
        guard let value = optional(key) else { return nil }
        guard case .array(let list) = value else { throw wrongType(key, "a list of strings", value) }
        var strings: [String] = []
        for element in list {
            guard case .string(let text) = element else { throw wrongType(key, "a list of strings", element) }
            strings.append(text)
        }
        return strings
    }

    func string(_ key: String) throws(ConfigurationError) -> String {
        let value = try required(key)
        guard case .string(let text) = value else { throw wrongType(key, "a string", value) }
        return text
    }

    func bool(_ key: String, default fallback: Bool) throws(ConfigurationError) -> Bool {
        guard let value = optional(key) else { return fallback }
        guard case .bool(let flag) = value else { throw wrongType(key, "true or false", value) }
        return flag
    }

    /// A whole number in 1...limit.
    func size(_ key: String, limit: Int) throws(ConfigurationError) -> Int {
        let value = try required(key)
        guard case .integer(let size) = value else { throw wrongType(key, "a whole number", value) }
        guard (1...limit).contains(size) else {
            throw error(.outOfRange(key: path(key), found: "\(size)", expected: "1 to \(limit)"))
        }
        return size
    }

    /// A whole number in 0...limit.
    func count(_ key: String, limit: Int) throws(ConfigurationError) -> Int {
        if optional(key) == .integer(0) { return 0 }
        return try size(key, limit: limit)
    }

    private func number(_ key: String) throws(ConfigurationError) -> (number: Double, summary: String) {
        let value = try required(key)
        switch value {
        case .number(let found): return (found, value.summary)
        case .integer(let found): return (Double(found), value.summary)
        default: throw wrongType(key, "a number", value)
        }
    }

    /// A number above 0 and at most 1, also as Float; `fallback`, where there is one, when the key is absent.
    func epsilon(_ key: String, default fallback: Double? = nil) throws(ConfigurationError) -> Double {
        if let fallback, optional(key) == nil { return fallback }
        let (number, summary) = try number(key)
        guard number <= 1, Float(number) > 0 else {
            throw error(.outOfRange(key: path(key), found: summary, expected: "above 0 and at most 1"))
        }
        return number
    }

    /// A finite number above 0; `fallback`, where there is one, when the key is absent.
    func positive(_ key: String, default fallback: Double? = nil) throws(ConfigurationError) -> Double {
        if let fallback, optional(key) == nil { return fallback }
        let (number, summary) = try number(key)
        guard number > 0, number.isFinite else {
            throw error(.outOfRange(key: path(key), found: summary, expected: "above 0"))
        }
        return number
    }

    /// A finite number above 0; nil when the key is absent.
    func optionalPositive(_ key: String) throws(ConfigurationError) -> Double? {
        optional(key) == nil ? nil : try positive(key)
    }

    /// How many keys a window holds: null means that there is none, and `fallback` stands where the key is absent.
    func window(_ key: String, default fallback: Int? = nil) throws(ConfigurationError) -> Int? {
        if optional(key) == nil { return isNull(key) ? nil : fallback }
        return try size(key, limit: ModelConfiguration.rowLimit)
    }

    /// A cap of scores or logits: null means that there is none, and `fallback` stands where the key is absent.
    func cap(_ key: String, default fallback: Double?) throws(ConfigurationError) -> Double? {
        if optional(key) == nil { return isNull(key) ? nil : fallback }
        return try positive(key)
    }

    /// Whether each layer is windowed, by `layer_types`; nil where there is no such list.
    func layerTypes(count: Int) throws(ConfigurationError) -> [Bool]? {
        guard let types = try strings("layer_types") else { return nil }
        guard types.count == count else {
            throw error(.outOfRange(key: path("layer_types"), found: "\(types.count) layers", expected: "\(count) of them"))
        }
        var windowed: [Bool] = []
        for type in types {
            guard type == "sliding_attention" || type == "full_attention" else {
                throw error(.unsupported(key: path("layer_types"), found: type))
            }
            windowed.append(type == "sliding_attention")
        }
        return windowed
    }

    /// A list of whole numbers; nil where there is none.
    func integers(_ key: String) throws(ConfigurationError) -> [Int]? {
        guard let value = optional(key) else { return nil }
        guard case .array(let list) = value else { throw wrongType(key, "a list of whole numbers", value) }
        var numbers: [Int] = []
        for element in list {
            guard case .integer(let number) = element else { throw wrongType(key, "a list of whole numbers", element) }
            numbers.append(number)
        }
        return numbers
    }

    /// `total / part`, both read before from their keys, which must go without remainder.
    func quotient(
        _ totalKey: String, _ total: Int, by partKey: String, _ part: Int
    ) throws(ConfigurationError) -> Int {
        guard total.isMultiple(of: part) else {
            throw error(.doesNotDivide(key: path(partKey), value: part, ofKey: path(totalKey), of: total))
        }
        return total / part
    }

    /// Fails where the key is true.
    func refuse(_ key: String) throws(ConfigurationError) {
        if try bool(key, default: false) { throw error(.unsupported(key: path(key), found: "true")) }
    }

    /// Fails where the key is false.
    func require(_ key: String) throws(ConfigurationError) {
        if try !bool(key, default: true) { throw error(.unsupported(key: path(key), found: "false")) }
    }

    /// Fails where the key is another text.
    func refuse(_ key: String, unless expected: String) throws(ConfigurationError) {
        guard optional(key) != nil else { return }
        let found = try string(key)
        if found != expected { throw error(.unsupported(key: path(key), found: found)) }
    }

    /// Fails where the MLPs are mixtures of experts.
    func refuseExperts() throws(ConfigurationError) {
        for key in ["num_experts", "num_local_experts", "n_routed_experts", "expert_count"] {
            if let found = optional(key), found != .integer(0) {
                throw error(.unsupported(key: path(key), found: found.summary))
            }
        }
    }

    /// Fails where the weights are said to be quantized in a scheme of their own.
    func refuseQuantization() throws(ConfigurationError) {
        guard let value = optional("quantization_config") else { return }
        throw error(.unsupported(key: path("quantization_config"), found: (value["quant_method"] ?? value).summary))
    }

    func activation(_ key: String, default fallback: ActivationFunction) throws(ConfigurationError)
        -> ActivationFunction
    {
        guard optional(key) != nil else { return fallback }
        let name = try string(key)
        guard let activation = ActivationFunction(huggingFaceName: name) else {
            throw error(.unsupported(key: path(key), found: name))
        }
        return activation
    }

    /// A token id, the first where a list is given; nil where absent or outside the vocabulary, as it is in models
    /// cut down from a larger one.
    func token(_ key: String, vocabularySize: Int) throws(ConfigurationError) -> Int32? {
        guard var value = optional(key) else { return nil }
        if case .array(let list) = value, let first = list.first { value = first }
        guard case .integer(let id) = value else { throw wrongType(key, "a whole number", value) }
        return (0..<vocabularySize).contains(id) ? Int32(id) : nil
    }

    private func wrongType(_ key: String, _ expected: String, _ found: JSONValue) -> ConfigurationError {
        error(.wrongType(key: path(key), expected: expected, found: found.summary))
    }
}

/// A `config.json` that cannot be used, with the key at fault.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Equatable, Sendable {
        case file(FileError)
        case notJSON(JSONError)
        case notObject(found: String)
        case missing(key: String)
        case wrongType(key: String, expected: String, found: String)
        case outOfRange(key: String, found: String, expected: String)
        /// A number that must divide another does not.
        case doesNotDivide(key: String, value: Int, ofKey: String, of: Int)
        case unsupported(key: String, found: String)
    }

    /// The file's path or name.
    public let file: String
    /// What is wrong with it.
    public let problem: Problem

    package init(file: String, problem: Problem) {
        self.file = file
        self.problem = problem
    }

    public var description: String {
        switch problem {
        case .file(let error): error.description
        case .notJSON(let error): "\(file) is not JSON: \(error)"
        case .notObject(let found): "\(file) holds \(found), expected an object"
        case .missing(let key): "\(file) lacks \"\(key)\"; download it again, or let transformers' save_pretrained write it"
        case .wrongType(let key, let expected, let found): "\(file): \"\(key)\" is \(found), expected \(expected)"
        case .outOfRange(let key, let found, let expected): "\(file): \"\(key)\" is \(found), expected \(expected)"
        case .doesNotDivide(let key, let value, let totalKey, let total):
            "\(file): \"\(key)\" \(value) does not divide \"\(totalKey)\" \(total)"
        case .unsupported(let key, let found):
            "\(file): \"\(key)\" \(found) is not supported" + Self.supported(key)
        }
    }

    /// What is supported where something else was found, and what to do.
    private static func supported(_ key: String) -> String {
        let names: [String]
        switch key.split(separator: ".").last {
        case "model_type": names = ModelConfiguration.Architecture.allCases.map(\.rawValue)
        case "architecture": names = ModelConfiguration.Architecture.allCases.compactMap(\.ggufName)
        case "activation_function", "hidden_act", "hidden_activation", "activation":
            names = ActivationFunction.allCases.map(\.rawValue)
        case "rope_type": names = RotaryEmbedding.supportedTypes
        case "type": names = key.hasPrefix("rope") ? RotaryEmbedding.supportedTypes : ["none", "linear"]
        case "quantization_config": return "; expected weights in float32, float16 or bfloat16, or a GGUF file of the model"
        case "num_experts", "num_local_experts", "n_routed_experts", "expert_count":
            return "; expected a model with one MLP a layer, no mixture of experts"
        case "partial_rotary_factor", "rotary_pct": return "; expected 1 in this family, whose heads are turned whole"
        case "layer_types": return "; expected sliding_attention or full_attention for each layer"
        case "is_decoder": return "; expected false: an encoder, without a causal mask"
        case "position_embedding_type": return "; expected absolute"
        default: return "; docs/models.md lists the models that are read"
        }
        return "; expected one of " + names.joined(separator: ", ")
    }
}
