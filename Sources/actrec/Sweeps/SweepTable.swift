import Foundation
import Output
import Recording
import Transformer

extension Sweep.Cell {
    /// The hook's last word without `hook_`, to head a column: `mlp_out`.
    fileprivate var hookWord: String {
        let last = point.description.split(separator: ".").last.map(String.init) ?? ""
        return last.replacingOccurrences(of: "hook_", with: "")
    }
}

/// A sweep's cells as rows, and as a picture for the terminal.
struct SweepTable {
    let sweep: Sweep
    /// Of a patch, by position.
    var tokens: [String] = []
    var cleanTokens: [String] = []

    private var isPatch: Bool { sweep.kind == .patch }

    /// Whether changes of loss are shown in nats: a larger one has no room in thousandths.
    var isInNats: Bool { sweep.cells.contains { abs(sweep.change($0)) >= 0.9995 } }

    static func columns(of kind: Sweep.Kind) -> [String] {
        kind == .patch
            ? ["hook", "layer", "head", "position", "token", "clean_token", "logit_difference", "normalized", "probability"]
            : ["hook", "layer", "head", "loss", "change"]
    }

    func write(to writer: inout any RowWriter) throws {
        try writer.begin(columns: Self.columns(of: sweep.kind))
        for cell in sweep.cells {
            var row: [Cell] = [.text(cell.point.description), .integer(of: cell.point.layer), .integer(of: cell.head)]
            let m = cell.measure
            if isPatch {
                row += [
                    .integer(of: cell.position), cell.position.map { .text(tokens[$0]) } ?? .null,
                    cell.position.map { .text(cleanTokens[$0]) } ?? .null, .real(m.logitDifference),
                    sweep.normalized(cell).isNaN ? .null : .real(sweep.normalized(cell)), .real(m.probability),
                ]
            } else {
                row += [.real(m.loss), .real(sweep.change(cell))]
            }
            try writer.write(row)
        }
        try writer.end()
    }

    /// Rows of tokens against layers, or of layers against heads. A patch shows the normalized difference, an ablation the change
    /// of loss in thousandths of a nat.
    func picture(width: Int) -> String {
        let values = sweep.cells.map { isPatch ? sweep.normalized($0) : (isInNats ? 1 : 1000) * sweep.change($0) }
        let byPosition = sweep.cells.contains { $0.position != nil }
        /// The hook points, where there is more than one in a layer by name.
        func layerLabel(_ cell: Sweep.Cell) -> String {
            let part = cell.point.description.split(separator: ".")
            // Norm scales: the norm says which.
            let site = part.count > 1 && cell.hookWord == "scale" ? String(part[part.count - 2]) : ""
            return cell.point.layer.map { site.isEmpty ? "\($0)" : "\($0).\(site)" }
                ?? (site.isEmpty ? cell.hookWord : site == "ln_final" ? "final" : site)
        }
        func columnLabel(_ cell: Sweep.Cell) -> String {
            cell.head.map { "\($0)" } ?? cell.hookWord.replacingOccurrences(of: "_out", with: "")
        }
        func rowLabel(_ cell: Sweep.Cell) -> String {
            guard let position = cell.position else { return "layer \(layerLabel(cell))" }
            let token = TerminalText.escaped(tokens[position], visibleEdges: true)
            let clean = TerminalText.escaped(cleanTokens[position], visibleEdges: true)
            return "\(position) " + (token == clean ? token : "\(token) < \(clean)")
        }
        let rows = sweep.cells.map(rowLabel).uniqued()
        let columns = sweep.cells.map { byPosition ? layerLabel($0) : columnLabel($0) }.uniqued()
        var grid = [[Double?]](repeating: Array(repeating: nil, count: columns.count), count: rows.count)
        let (rowOf, columnOf) = (index(of: rows), index(of: columns))
        for (cell, value) in zip(sweep.cells, values) {
            let label = byPosition ? layerLabel(cell) : columnLabel(cell)
            guard let row = rowOf[rowLabel(cell)], let column = columnOf[label] else { continue }
            grid[row][column] = value
        }
        let largest: Double = values.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
        let darkest: Double = isPatch ? 1 : largest
        let format: (Double) -> String = isPatch || isInNats ? { HeatMap.short($0) } : { Self.whole($0) }
        let map = HeatMap(rows: rows, columns: columns, values: grid, darkest: darkest, format: format)
        return map.text(width: width)
    }

    private static func whole(_ value: Double) -> String {
        abs(value) < 999.5 ? String(Int(value.rounded())) : HeatMap.short(value)
    }

    private func index(of labels: [String]) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    }
}

extension [String] {
    /// Each once, in the order of its first occurrence.
    fileprivate func uniqued() -> [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

extension Cell {
    fileprivate static func integer(of value: Int?) -> Cell { value.map { .integer(Int64($0)) } ?? .null }
}
