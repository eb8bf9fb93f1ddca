import Foundation

/// How a sparkline maps values to heights.
package enum SparklineScale: Sendable {
    case linear
    /// By logarithm; zero and negative values have none and are left blank.
    case logarithmic
}

/// One character a value, `▁` for the least to `█` for the greatest. Non-finite values are spaces; a constant
/// series is drawn at half height.
package func sparkline(_ values: [Double], scale: SparklineScale = .linear) -> String {
    let bars = Array("▁▂▃▄▅▆▇█")
    // Halves, so that the span of the widest doubles does not overflow.
    let heights = values.map { value in
        switch scale {
        case .linear: value / 2
        case .logarithmic: value > 0 ? log(value) : .nan
        }
    }
    let finite = heights.filter(\.isFinite)
    guard let least = finite.min(), let greatest = finite.max() else {
        return String(repeating: " ", count: values.count)
    }
    return String(
        heights.map { height in
            guard height.isFinite else { return " " }
            guard least < greatest else { return bars[3] }
            return bars[Int(((height - least) / (greatest - least) * 7).rounded())]
        })
}
