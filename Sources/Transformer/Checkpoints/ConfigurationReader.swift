/// Reads typed, checked values from a `config.json`, naming the key in every error. A key with null counts as absent.
struct ConfigurationReader {
    private let file: String
    private let members: [String: JSONValue]

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

    func error(_ problem: ConfigurationError.Problem) -> ConfigurationError {
        ConfigurationError(file: file, problem: problem)
    }

    func optional(_ key: String) -> JSONValue? {
        members[key] == .null ? nil : members[key]
    }

    private func required(_ key: String) throws(ConfigurationError) -> JSONValue {
        guard let value = optional(key) else { throw error(.missing(key: key)) }
        return value
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
            throw error(.outOfRange(key: key, found: "\(size)", expected: "1 to \(limit)"))
        }
        return size
    }

    /// A number above 0 and at most 1, also as Float.
    func epsilon(_ key: String) throws(ConfigurationError) -> Double {
        let value = try required(key)
        let number: Double
        switch value {
        case .number(let found): number = found
        case .integer(let found): number = Double(found)
        default: throw wrongType(key, "a number", value)
        }
        guard number <= 1, Float(number) > 0 else {
            throw error(.outOfRange(key: key, found: value.summary, expected: "above 0 and at most 1"))
        }
        return number
    }

    func activation(_ key: String, default fallback: ActivationFunction) throws(ConfigurationError)
        -> ActivationFunction
    {
        guard optional(key) != nil else { return fallback }
        let name = try string(key)
        guard let activation = ActivationFunction(huggingFaceName: name) else {
            throw error(.unsupported(key: key, found: name))
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
        error(.wrongType(key: key, expected: expected, found: found.summary))
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
        case headsDoNotDivideWidth(heads: Int, width: Int)
        case unsupported(key: String, found: String)
    }

    /// The file's path or name.
    public let file: String
    /// What is wrong with it.
    public let problem: Problem

    public var description: String {
        switch problem {
        case .file(let error): error.description
        case .notJSON(let error): "\(file) is not JSON: \(error)"
        case .notObject(let found): "\(file) holds \(found), expected an object"
        case .missing(let key): "\(file) lacks \"\(key)\""
        case .wrongType(let key, let expected, let found): "\(file): \"\(key)\" is \(found), expected \(expected)"
        case .outOfRange(let key, let found, let expected): "\(file): \"\(key)\" is \(found), expected \(expected)"
        case .headsDoNotDivideWidth(let heads, let width):
            "\(file): \"n_head\" \(heads) does not divide \"n_embd\" \(width)"
        case .unsupported(let key, let found):
            "\(file): \"\(key)\" \(found) is not supported" + Self.supported(key)
        }
    }

    private static func supported(_ key: String) -> String {
        switch key {
        case "model_type":
            "; expected " + ModelConfiguration.Architecture.allCases.map(\.rawValue).joined(separator: " or ")
        case "activation_function":
            "; expected one of " + ActivationFunction.allCases.map(\.rawValue).joined(separator: ", ")
        default: ""
        }
    }
}
