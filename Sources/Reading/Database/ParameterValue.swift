import Output
import Queries

extension NamedQuery {
    /// Values for the statement, from text as it stands on a command line.
    package func parameters(from values: [String: String]) throws -> [String: Cell] {
        var cells: [String: Cell] = [:]
        for (name, text) in values.sorted(by: { $0.key < $1.key }) {
            guard let parameter = parameters.first(where: { $0.name == name }) else {
                throw QueryError.unknownParameter(name, known: parameters.map(\.name))
            }
            cells[name] = try parameter.cell(text)
        }
        return cells
    }
}

extension NamedQuery.Parameter {
    fileprivate func cell(_ text: String) throws -> Cell {
        switch kind {
        case .text: return .text(text)
        case .integer:
            guard let value = Int64(text) else { throw QueryError.wrongValue(parameter: name, expected: "an integer", found: text) }
            return .integer(value)
        case .real:
            guard let value = Double(text) else { throw QueryError.wrongValue(parameter: name, expected: "a number", found: text) }
            return .real(value)
        }
    }
}

extension Cell {
    /// A value for a statement of the user's own: a number where the text is a decimal number, else text.
    public init(argument text: String) {
        let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        if let value = Int64(text) {
            self = .integer(value)
        } else if isDecimal, let value = Double(text) {
            self = .real(value)
        } else {
            self = .text(text)
        }
    }
}
