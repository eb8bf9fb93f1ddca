/// What is wrong with the header of a query file.
public enum QueryHeaderError: Error, Equatable, CustomStringConvertible {
    case missing(file: String, what: String)
    case malformed(file: String, line: Int, expected: String, found: String)
    case parametersDiffer(file: String, signature: [String], listed: [String])

    public var description: String {
        switch self {
        case .missing(let file, let what): "queries/\(file).sql: the header lacks \(what)"
        case .malformed(let file, let line, let expected, let found):
            "queries/\(file).sql:\(line): expected \(expected), found '\(found)'"
        case .parametersDiffer(let file, let signature, let listed):
            "queries/\(file).sql: line 1 names the parameters \(signature), the header lists \(listed)"
        }
    }
}
