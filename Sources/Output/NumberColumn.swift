import Foundation

/// How many digits of reals a table shows.
package enum NumberDigits: Sendable {
    /// 6 significant digits, with one after the point at least.
    case six
    /// 4 significant digits, zeros at the end too: for a terminal.
    case four

    var significant: Int {
        switch self {
        case .six: 6
        case .four: 4
        }
    }

    /// The fewest digits after the point.
    var leastDecimals: Int {
        switch self {
        case .six: 1
        case .four: 0
        }
    }

    /// How far apart the exponents of a column may be so that all its values get the same digits after the point: what that
    /// takes from the smallest leaves them 4 significant digits.
    var spread: Int { significant - 4 }

    /// Past this many columns, fixed notation is harder to read than an exponent.
    var widest: Int { significant + 10 }
}

/// How the reals of one table column are written: one notation for the whole column, so that the decimal points stand under
/// each other.
package struct NumberColumn {
    private enum Notation {
        /// The same digits after the point in every row: rounded to `decimals`, and of these the zeros that all
        /// rows end in left out.
        case constant(decimals: Int, shown: Int)
        /// As many significant digits in each row, then spaces up to the longest fraction.
        case ragged(fraction: Int)
        /// Digits of the mantissa after the point.
        case scientific(decimals: Int)
    }

    private static let leastExponent = -5

    private let digits: NumberDigits
    private let notation: Notation

    /// Chooses the notation from the values to be shown together.
    package init(_ values: [Double], digits: NumberDigits = .six) {
        self.digits = digits
        let finite = values.filter(\.isFinite)
        let exponents = finite.filter { $0 != 0 }.map { Self.exponent($0, digits) }
        guard let least = exponents.min(), let greatest = exponents.max() else {
            notation = .constant(decimals: digits.significant - 1, shown: 1)
            return
        }
        let integerDigits = max(greatest, 0) + 1
        if greatest - least <= digits.spread, integerDigits <= digits.significant, least >= Self.leastExponent {
            let decimals = max(digits.significant - 1 - greatest, digits.leastDecimals)
            let shown = min(decimals, Self.neededDecimals(finite.map { Self.fixed($0, decimals) }))
            notation = .constant(decimals: decimals, shown: shown)
            return
        }
        let fraction = finite.map { Self.decimals(Self.fixed($0, digits)) }.max() ?? 1
        if integerDigits + 1 + fraction <= digits.widest, least >= Self.leastExponent {
            notation = .ragged(fraction: fraction)
        } else {
            let mantissas = finite.map { String(Self.print("%.*e", digits.significant - 1, $0).prefix { $0 != "e" }) }
            notation = .scientific(decimals: Self.neededDecimals(mantissas))
        }
    }

    /// The value as it stands in the column; right-aligning the results aligns their points.
    package func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value.description }
        switch notation {
        case .constant(let decimals, let shown):
            // A value met after the notation was chosen may not fit it.
            let exponent = value == 0 ? 0 : Self.exponent(value, digits)
            guard value == 0 || exponent + decimals >= 3 && exponent < digits.significant else { break }
            let text = Self.fixed(value, decimals)
            if decimals == shown || Self.neededDecimals([text]) <= shown { return String(text.dropLast(decimals - shown)) }
        case .ragged(let fraction):
            let text = Self.fixed(value, digits)
            let decimals = Self.decimals(text)
            if decimals <= fraction, text.utf8.count <= digits.widest + 1 {
                return text + String(repeating: " ", count: fraction - decimals + (decimals == 0 ? 1 : 0))
            }
        case .scientific(let decimals):
            if value == 0, digits == .four { return "0" }
            return Self.print("%.*e", decimals, value)
        }
        return Self.compact(value, digits)
    }

    /// An integer in a column that also has reals.
    package func text(integer digits: String) -> String {
        guard case .ragged(let fraction) = notation else { return digits }
        return digits + String(repeating: " ", count: fraction + 1)
    }

    /// A value on its own, outside a column of numbers.
    package static func compact(_ value: Double, _ digits: NumberDigits) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value.description }
        let text = print("%.*g", digits.significant, value)
        return text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") } ? text : text + ".0"
    }

    /// With as many significant digits as `width` allows; nil when there is no room for one.
    static func compact(_ value: Double, width: Int) -> String? {
        guard value.isFinite else { return nil }
        return (1...NumberDigits.six.significant).reversed().lazy.map { print("%.*g", $0, value) }.first { $0.utf8.count <= width }
    }

    /// The decimal exponent after rounding.
    private static func exponent(_ value: Double, _ digits: NumberDigits) -> Int {
        let text = print("%.*e", digits.significant - 1, value)
        return Int(text.drop { $0 != "e" }.dropFirst()) ?? 0
    }

    /// Fixed notation; of six digits the zeros at the end are left out, but for one decimal.
    private static func fixed(_ value: Double, _ digits: NumberDigits) -> String {
        guard value != 0 else { return value.description }
        let text = print("%.*f", max(digits.significant - 1 - exponent(value, digits), digits.leastDecimals), value)
        return digits == .four ? text : String(text.dropLast(decimals(text) - neededDecimals([text])))
    }

    private static func fixed(_ value: Double, _ decimals: Int) -> String { print("%.*f", decimals, value) }

    private static func decimals(_ text: String) -> Int {
        guard let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return 0 }
        return text.utf8[point...].count - 1
    }

    /// The most decimals that any of the texts has when trailing zeros are dropped; at least 1.
    private static func neededDecimals(_ texts: [String]) -> Int {
        texts.map { text in decimals(text) - text.utf8.reversed().prefix { $0 == UInt8(ascii: "0") }.count }
            .reduce(1, max)
    }

    /// printf with one precision and one double: C's digits, in every locale that the process does not set.
    private static func print(_ format: String, _ precision: Int, _ value: Double) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
            let count = withVaList([Int32(precision), value]) { vsnprintf(buffer.baseAddress, 400, format, $0) }
            return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
