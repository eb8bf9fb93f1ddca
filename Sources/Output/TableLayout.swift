/// Which columns a table on a terminal shows.
public enum TableColumns: Sendable, Equatable {
    /// All of them where they fit; else as many of these as do, in this order; without any, as many as fit from the left.
    case fitting([String])
    /// All of them, however long the lines become.
    case all
}

/// The columns of a table that are shown, and how wide.
struct TableLayout {
    /// The places among the result's columns of those that are shown.
    let indices: [Int]
    /// The columns at these places.
    let columns: [TableColumn]

    /// - Parameters:
    ///   - all: the result's columns, as wide as their cells.
    ///   - gap: characters between two columns.
    ///   - limit: of a line; nil is none.
    init(_ all: [TableColumn], gap: Int, limit: Int?, choice: TableColumns) {
        guard let limit, case .fitting(let first) = choice, Self.width(of: all, gap: gap) > limit else {
            self.init(indices: Array(all.indices), columns: all)
            return
        }
        let named = first.compactMap { name in all.firstIndex { $0.name == name } }
        let candidates = named.isEmpty ? Array(all.indices) : named
        var chosen: [Int] = []
        var fitted: [TableColumn] = []
        for index in candidates {
            // One column is always shown, cut if need be.
            guard let columns = Self.fitted((chosen + [index]).map { all[$0] }, gap: gap, limit: limit, cutsNumbers: chosen.isEmpty)
            else { break }
            chosen.append(index)
            fitted = columns
        }
        self.init(indices: chosen, columns: fitted)
    }

    private init(indices: [Int], columns: [TableColumn]) {
        self.indices = indices
        self.columns = columns
    }

    private static func width(of columns: [TableColumn], gap: Int) -> Int {
        columns.reduce(0) { $0 + $1.width } + gap * max(columns.count - 1, 0)
    }

    /// The columns narrowed to the limit, the widest text first; nil when even that is too wide.
    private static func fitted(_ columns: [TableColumn], gap: Int, limit: Int, cutsNumbers: Bool) -> [TableColumn]? {
        var columns = columns
        var excess = width(of: columns, gap: gap) - limit
        while excess > 0 {
            let shrinkable = columns.indices.filter { columns[$0].canShrink }
            guard let widest = shrinkable.max(by: { columns[$0].width < columns[$1].width }) else {
                if cutsNumbers, columns.count == 1 { columns[0].width = limit; return columns }
                return nil
            }
            // Down to the next widest at once: texts may be long.
            let next = shrinkable.filter { columns[$0].width < columns[widest].width }.map { columns[$0].width }.max() ?? 0
            let step = min(excess, max(columns[widest].width - max(next, TableColumn.narrowest), 1))
            columns[widest].width -= step
            excess -= step
        }
        return columns
    }

    /// Names the columns that are not shown; nothing where all are.
    func remark(on names: [String], width: Int) -> String {
        let others = names.indices.filter { !indices.contains($0) }
        guard !others.isEmpty else { return "" }
        // A column without a name of its own is called after its expression.
        let list = others.map { TerminalText.clipped(names[$0], to: min(24, width - 2)) }.joined(separator: ", ")
        return "\n" + wrapped("\(counted(others.count, "more column")) (--wide, or --columns a,b): \(list)", width: width)
    }
}

/// `1 row`, `2 rows`.
package func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
