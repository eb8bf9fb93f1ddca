/// A table for reading, of ready text: a first column that names the rows, and others that continue in a further block below
/// when the width is not enough for all.
package struct TextTable {
    package struct Column {
        let header: String
        let cells: [String]
        let alignsRight: Bool

        package init(header: String, cells: [String], alignsRight: Bool = true) {
            self.header = header
            self.cells = cells
            self.alignsRight = alignsRight
        }

        var width: Int { ([header] + cells).map { DisplayWidth.of($0) }.max() ?? 0 }
    }

    private static let gap = "  "

    let rows: Column
    package var columns: [Column]

    package init(rows: Column, columns: [Column] = []) {
        self.rows = rows
        self.columns = columns
    }

    /// - Parameter width: columns of the terminal.
    package func text(width: Int) -> String {
        var blocks: [[Column]] = []
        var used = 0
        for column in columns {
            if blocks.isEmpty || used + Self.gap.count + column.width > width {
                blocks.append([])
                used = rows.width
            }
            blocks[blocks.count - 1].append(column)
            used += Self.gap.count + column.width
        }
        return blocks.map { Self.block([rows] + $0) }.joined(separator: "\n")
    }

    private static func block(_ columns: [Column]) -> String {
        let widths = columns.map(\.width)
        func line(_ cell: (Column) -> String) -> String {
            let padded = zip(columns, widths).map { column, width in
                let text = cell(column)
                let space = String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
                return column.alignsRight ? space + text : text + space
            }
            let line = padded.joined(separator: gap)
            return String(line.dropLast(line.utf8.reversed().prefix { $0 == UInt8(ascii: " ") }.count)) + "\n"
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: gap) + "\n"
        let count = columns.map(\.cells.count).min() ?? 0
        return line(\.header) + rule + (0..<count).map { row in line { $0.cells[row] } }.joined()
    }
}

/// `text` in lines of at most `width` columns, broken at spaces; the lines after the first begin with `indent`.
package func wrapped(_ text: String, width: Int, indent: String = "") -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        if line.isEmpty {
            line = String(word)
        } else if DisplayWidth.of(line) + 1 + DisplayWidth.of(String(word)) <= width {
            line += " " + word
        } else {
            lines.append(line)
            line = indent + word
        }
    }
    return (lines + [line]).joined(separator: "\n") + "\n"
}

/// Names with their explanations beside them, wrapped to `width` columns.
package func definitionList(_ entries: [(name: String, text: String)], width: Int) -> String {
    let label = (entries.map { DisplayWidth.of($0.name) }.max() ?? 0) + 2
    return entries.map { name, text in
        let lines = wrapped(text, width: max(width - label, 20)).split(separator: "\n")
        return lines.enumerated().map { index, line in
            let start = index == 0 ? name : ""
            return start + String(repeating: " ", count: label - DisplayWidth.of(start)) + line + "\n"
        }.joined()
    }.joined()
}
