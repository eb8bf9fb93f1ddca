/// One value of a result row: the five storage classes of SQLite, and lists, which are JSON where a format has no lists.
public enum Cell: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
    case list([Cell])

    /// The value as exact plain text; nil for NULL.
    ///
    /// Reals are the shortest digits that read back to the same double (`0.1`, `3.0`, `1e-05`), and `nan`,
    /// `inf`, `-inf`. Blobs are SQLite literals (`x'0aff'`).
    public var plainText: String? {
        switch self {
        case .null: nil
        case .integer(let value): String(value)
        case .real(let value): value.isNaN ? "nan" : value.description
        case .text(let value): value
        case .blob(let bytes): hexLiteral(bytes)
        case .list: jsonText
        }
    }

    /// Whether the value is an integer or a real.
    public var isNumber: Bool {
        switch self {
        case .integer, .real: true
        case .null, .text, .blob, .list: false
        }
    }

    /// The number; nil for what is none. NaN and NULL are the same in SQLite.
    public var double: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        case .null, .text, .blob, .list: nil
        }
    }

    /// The integer; nil for what is none.
    public var int: Int? { if case .integer(let value) = self { Int(value) } else { nil } }

    /// NULL for nil.
    public init(_ value: Double?) { self = value.map(Cell.real) ?? .null }
}

/// Bytes as a SQLite blob literal, `x'0aff'`.
func hexLiteral(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var literal = Array("x'".utf8)
    literal.reserveCapacity(bytes.count * 2 + 3)
    for byte in bytes {
        literal.append(digits[Int(byte >> 4)])
        literal.append(digits[Int(byte & 15)])
    }
    literal.append(UInt8(ascii: "'"))
    return String(decoding: literal, as: UTF8.self)
}
