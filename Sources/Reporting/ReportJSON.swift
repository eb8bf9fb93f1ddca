import Foundation
import Output

extension ReportTable {
    /// The table for the page's script, safe inside an HTML script element.
    ///
    /// A column is an array; or, where values repeat in rows one after another, `{"values", "counts"}`;
    /// where the column is the same values over and over, `{"values", "cycle": true}`. Texts are numbers
    /// into the column's `texts`. Reals are rounded to `digits` significant digits: the statement beside them gives all.
    package var json: String {
        let parameters = parameters.map { #"{"name":\#(JSONText.quoted($0.name)),"value":\#($0.value.jsonText)}"# }
        let columns = zip(columns, cells).map { #"{"name":\#(JSONText.quoted($0)),\#(Self.encoded($1, digits: digits))}"# }
        return #"{"id":\#(JSONText.quoted(id)),"query":\#(query.map(JSONText.quoted) ?? "null"),"#
            + #""sql":\#(JSONText.quoted(sql)),"parameters":[\#(parameters.joined(separator: ","))],"#
            + #""rows":\#(rowCount),"columns":[\#(columns.joined(separator: ",\n"))]}"#
    }

    private static func encoded(_ cells: [Cell], digits: Int) -> String {
        var texts: [String] = []
        var places: [String: Int] = [:]
        let literals = cells.map { cell -> String in
            guard case .text(let text) = cell else { return literal(cell, digits: digits) }
            let place = places[text] ?? texts.count
            if place == texts.count {
                places[text] = place
                texts.append(text)
            }
            return String(place)
        }
        // A column that mixes texts and numbers could not tell one from the other.
        let isText = !texts.isEmpty
        if isText, !cells.allSatisfy({ if case .text = $0 { true } else { $0 == .null } }) {
            return #""values":[\#(cells.map(\.jsonText).joined(separator: ","))]"#
        }
        let head = isText ? #""texts":[\#(texts.map(JSONText.quoted).joined(separator: ","))],"# : ""
        if let period = period(of: literals) {
            return head + #""values":[\#(literals[..<period].joined(separator: ","))],"cycle":true"#
        }
        let (values, counts) = runs(literals)
        // Two lists pay when the runs are long.
        if values.count * 3 > literals.count { return head + #""values":[\#(literals.joined(separator: ","))]"# }
        return head + #""values":[\#(values.joined(separator: ","))],"counts":[\#(counts.map(String.init).joined(separator: ","))]"#
    }

    private static func literal(_ cell: Cell, digits: Int) -> String {
        guard case .real(let value) = cell, value.isFinite else { return cell.jsonText }
        let text = String(format: "%.\(digits)g", value)
        return text == "-0" ? "0" : text
    }

    /// After how many rows a column begins anew, again and again; nil where it does not, or where it is one value.
    private static func period(of literals: [String]) -> Int? {
        guard let first = literals.first, let period = literals.dropFirst().firstIndex(of: first), period > 1,
            literals.count >= 3 * period
        else { return nil }
        return literals.indices.allSatisfy { literals[$0] == literals[$0 % period] } ? period : nil
    }

    private static func runs(_ literals: [String]) -> (values: [String], counts: [Int]) {
        var values: [String] = []
        var counts: [Int] = []
        for literal in literals {
            if values.last == literal {
                counts[counts.count - 1] += 1
            } else {
                values.append(literal)
                counts.append(1)
            }
        }
        return (values, counts)
    }
}
