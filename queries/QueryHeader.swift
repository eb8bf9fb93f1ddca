/// Reads the header of a query file, strictly: what it documents must be there, in the one form.
///
///     -- name: spikiest_tokens(limit)
///     -- The question, on one line?
///     --
///     -- More about it.
///     -- Cost: what of a run the statement reads
///     -- Shown: the columns that answer it, for a narrow terminal
///     --
///     -- Parameters
///     --   :limit  integer, how many tokens; 20
///     -- Columns
///     --   token  the token's text
struct QueryHeader {
    private enum Section {
        case details, parameters, columns
    }

    private let file: String
    private(set) var name = ""
    private(set) var question = ""
    private(set) var details: [String] = []
    private(set) var cost = ""
    private(set) var shown: [String] = []
    private(set) var parameters: [NamedQuery.Parameter] = []
    private(set) var columns: [NamedQuery.Column] = []

    init(_ text: String, file: String) throws(QueryHeaderError) {
        self.file = file
        var lines: [(number: Int, text: Substring)] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.hasPrefix("--") else { break }
            let rest = line.dropFirst(2)
            lines.append((index + 1, rest.hasPrefix(" ") ? rest.dropFirst() : rest))
        }
        guard lines.count >= 2 else { throw .missing(file: file, what: "'-- name: ...' and a question") }
        let declared = try readSignature(lines[0].text)
        question = String(lines[1].text)
        guard !question.isEmpty else { throw .missing(file: file, what: "a question on line 2") }
        var section = Section.details
        for (number, line) in lines.dropFirst(2) {
            switch line {
            case "Parameters": section = .parameters
            case "Columns": section = .columns
            case let line where line.hasPrefix("Cost: "): cost = String(line.dropFirst("Cost: ".count))
            case let line where line.hasPrefix("Shown: "): shown = Self.list(line.dropFirst("Shown: ".count))
            default: try read(line, number, in: section)
            }
        }
        while details.first?.isEmpty == true { details.removeFirst() }
        while details.last?.isEmpty == true { details.removeLast() }
        guard !cost.isEmpty else { throw .missing(file: file, what: "'-- Cost: ' and what the statement reads") }
        guard !columns.isEmpty else { throw .missing(file: file, what: "'-- Columns' with the columns of the result") }
        guard !shown.isEmpty else { throw .missing(file: file, what: "'-- Shown: ' and the columns that answer the question") }
        if let unknown = shown.first(where: { name in !columns.contains { $0.name == name } }) {
            throw .missing(file: file, what: "the column '\(unknown)' that '-- Shown: ' names")
        }
        guard parameters.map(\.name) == declared else {
            throw .parametersDiffer(file: file, signature: declared, listed: parameters.map(\.name))
        }
    }

    /// `name: token_variance(tokens, run)`
    private mutating func readSignature(_ line: Substring) throws(QueryHeaderError) -> [String] {
        guard line.hasPrefix("name: "), line.hasSuffix(")"), let open = line.firstIndex(of: "(") else {
            throw .malformed(file: file, line: 1, expected: "-- name: the_name(parameters)", found: String(line))
        }
        name = String(line[..<open].dropFirst("name: ".count))
        guard name == file else { throw .malformed(file: file, line: 1, expected: "the file's own name", found: name) }
        return Self.list(line[line.index(after: open)...].dropLast())
    }

    /// Names separated by commas.
    private static func list(_ text: Substring) -> [String] { text.split(separator: ",").map { String($0.drop { $0 == " " }) } }

    private mutating func read(_ line: Substring, _ number: Int, in section: Section) throws(QueryHeaderError) {
        switch section {
        case .details: details.append(String(line))
        case .parameters: try readParameter(line, number)
        case .columns:
            guard let (name, meaning) = Self.entry(line) else {
                throw .malformed(file: file, line: number, expected: "--   column  what it holds", found: String(line))
            }
            columns.append(NamedQuery.Column(name: name, meaning: meaning))
        }
    }

    private mutating func readParameter(_ line: Substring, _ number: Int) throws(QueryHeaderError) {
        guard let (name, text) = Self.entry(line), name.hasPrefix(":"), let comma = text.firstIndex(of: ","),
            let kind = NamedQuery.Parameter.Kind(rawValue: String(text[..<comma])), let semicolon = text.lastIndex(of: ";"),
            comma < semicolon
        else {
            throw .malformed(
                file: file, line: number, expected: "--   :name  text|integer|real, what it is; what stands for it",
                found: String(line))
        }
        let trimmed = { (part: Substring) in String(part.drop { $0 == " " }) }
        parameters.append(
            NamedQuery.Parameter(
                name: String(name.dropFirst()), kind: kind,
                meaning: trimmed(text[text.index(after: comma)..<semicolon]),
                whenOmitted: trimmed(text[text.index(after: semicolon)...])))
    }

    /// Two words apart: `  name   the rest`.
    private static func entry(_ line: Substring) -> (String, String)? {
        let line = line.drop { $0 == " " }
        guard let space = line.firstIndex(of: " ") else { return nil }
        let rest = line[space...].drop { $0 == " " }
        return rest.isEmpty ? nil : (String(line[..<space]), String(rest))
    }
}

extension NamedQuery {
    /// Reads a query file.
    /// - Parameter file: its name without `.sql`; the query must have the same.
    package init(parsing sql: String, file: String) throws(QueryHeaderError) {
        let header = try QueryHeader(sql, file: file)
        self.init(
            name: header.name, question: header.question, details: header.details.joined(separator: "\n"),
            cost: header.cost, shown: header.shown, parameters: header.parameters, columns: header.columns, sql: sql)
    }
}

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
