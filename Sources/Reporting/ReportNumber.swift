import Foundation

/// Numbers as they stand in a sentence.
package enum ReportNumber {
    /// Three significant digits: `0.0146`, `12.3`, `4,120`, `3.1e-08`.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return "not a number" }
        if abs(value) >= 1_000, abs(value) < 1e7 { return whole(Int(value.rounded())) }
        if abs(value) >= 100, abs(value) < 1_000 { return String(format: "%.0f", value) }
        return String(format: "%.3g", value)
    }

    /// Close to one, three digits would hide what is left.
    package static func nearOne(_ value: Double) -> String {
        abs(value - 1) < 0.01 ? String(format: "%.5f", value) : short(value)
    }

    /// Whole percents; what rounds to none has no sign.
    package static func percent(_ share: Double) -> String {
        let text = String(format: "%.0f%%", share * 100)
        return text == "-0%" ? "0%" : text
    }

    /// `12,345`
    static func whole(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// `1 token`, `2 tokens`
    package static func count(_ value: Int, _ noun: String) -> String { "\(whole(value)) \(noun)\(value == 1 ? "" : "s")" }
}
