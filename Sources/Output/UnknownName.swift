/// A name that nothing has, with those that there are and the nearest of them.
public struct UnknownName: Error, Equatable, CustomStringConvertible {
    /// What was looked for: a query, a column.
    public let kind: String
    public let name: String
    public let known: [String]
    /// What else to do; nil when there is nothing.
    public let hint: String?

    public init(kind: String, name: String, known: [String], hint: String? = nil) {
        (self.kind, self.name, self.known, self.hint) = (kind, name, known, hint)
    }

    public var description: String {
        let near = nearest.map { "; did you mean \($0)?" } ?? (known.isEmpty ? "" : "; there are \(known.joined(separator: ", "))")
        return "no \(kind) '\(TerminalText.escaped(name))'\(near)" + (hint.map { (nearest == nil ? "; " : " ") + $0 } ?? "")
    }

    /// The known name that is meant most likely: at most a third of its letters differ, or it is the only one that begins alike.
    public var nearest: String? {
        let typed = Self.normalized(name)
        let distances = known.map { (name: $0, distance: Self.distance(typed, Self.normalized($0))) }
        if let best = distances.min(by: { $0.distance < $1.distance }), best.distance * 3 <= best.name.count { return best.name }
        let beginning = known.filter { Self.normalized($0).hasPrefix(typed) && !typed.isEmpty }
        return beginning.count == 1 ? beginning.first : nil
    }

    /// Names are written in small letters, with `_` between words.
    public static func normalized(_ name: String) -> String { name.lowercased().replacing("-", with: "_") }

    /// Letters to change, insert, leave out or swap with their neighbour, to make one text of the other (optimal string alignment).
    static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a), Array(b))
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
