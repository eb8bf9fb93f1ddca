import Foundation

/// Values in rows and columns as a table of shaded numbers: each cell is a shade, by its size, and a number of four characters.
/// Columns that have no room stand in another table below.
package struct HeatMap {
    package let rows: [String]
    package let columns: [String]
    /// By row and column; nil where there is no cell.
    package let values: [[Double?]]
    /// What the darkest shade stands for.
    package let darkest: Double
    /// Writes a value in at most four characters.
    package let format: (Double) -> String

    package init(rows: [String], columns: [String], values: [[Double?]], darkest: Double, format: @escaping (Double) -> String) {
        (self.rows, self.columns, self.values, self.darkest, self.format) = (rows, columns, values, darkest, format)
    }

    private static let cellWidth = 6

    /// As text of lines that are at most `width` columns wide, if that has room for labels and one cell.
    package func text(width: Int) -> String {
        let room = max(8, width - 2 * Self.cellWidth)
        let label = min(rows.map { DisplayWidth.of($0) }.max() ?? 0, room, 24)
        let perPanel = max(1, (width - label) / Self.cellWidth)
        return stride(from: 0, to: columns.count, by: perPanel).map { first in
            panel(first..<min(first + perPanel, columns.count), label: label)
        }.joined(separator: "\n")
    }

    private func panel(_ shown: Range<Int>, label: Int) -> String {
        var lines = [padded("", label) + shown.map { " " + leading(columns[$0], Self.cellWidth - 1) }.joined()]
        for (row, name) in rows.enumerated() {
            lines.append(padded(TerminalText.clipped(name, to: label), label) + shown.map { cell(values[row][$0]) }.joined())
        }
        return lines.map { $0.replacingOccurrences(of: " +$", with: "", options: .regularExpression) + "\n" }.joined()
    }

    private func cell(_ value: Double?) -> String {
        guard let value else { return String(repeating: " ", count: Self.cellWidth) }
        guard value.isFinite else { return " " + leading("-", Self.cellWidth - 1) }
        let shades: [Character] = [" ", "░", "▒", "▓", "█"]
        let part = darkest > 0 ? min(1, abs(value) / darkest) : 0
        return " \(shades[Int((part * 4).rounded())])" + leading(format(value), Self.cellWidth - 2)
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
    }

    private func leading(_ text: String, _ width: Int) -> String {
        let text = TerminalText.clipped(text, to: width)
        return String(repeating: " ", count: max(0, width - DisplayWidth.of(text))) + text
    }

    /// A number of magnitude below 10,000 in at most four characters: 0.53, -.12, 12.3, -104.
    package static func short(_ value: Double) -> String {
        for digits in [2, 1, 0] {
            var text = String(format: "%.\(digits)f", value)
            if text.hasPrefix("-"), Double(text) == 0 { text.removeFirst() }
            if text.count > 4, text.hasPrefix("-0.") { text = "-" + text.dropFirst(2) }
            if text.count <= 4 { return text }
        }
        return value < 0 ? "-big" : "big"
    }
}
