import Foundation

/// Numbers for narrow columns.
package enum ShortNumber {
    /// 4 significant digits, without an exponent where that is short.
    package static func text(_ value: Double?) -> String { text(value, decimals: decimals(for: value)) }

    /// With the decimals of another number, for what stands beside it.
    package static func text(_ value: Double?, decimals: Int?) -> String {
        guard let value else { return "-" }
        guard value.isFinite, let decimals else { return String(format: "%.3g", value) }
        return String(format: "%.*f", decimals, value)
    }

    /// The decimals that show 4 significant digits; nil where an exponent is shorter.
    static func decimals(for value: Double?) -> Int? {
        guard let value, value != 0, value.isFinite else { return 1 }
        let exponent = Int(log10(abs(value)).rounded(.down))
        return exponent < -5 || exponent > 6 ? nil : max(0, 3 - exponent)
    }
}
