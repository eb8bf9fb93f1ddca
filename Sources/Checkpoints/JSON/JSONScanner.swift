/// A strict JSON reader (RFC 8259) that walks over UTF-8 bytes without building a tree.
///
/// Foundation's readers hide duplicate keys and cannot bound nesting; a file from elsewhere needs both. The caller
/// has checked that the bytes are UTF-8 and keeps them alive; every read is checked against their end.
package struct JSONScanner {
    /// How deeply arrays and objects may nest.
    static let nestingLimit = 64

    private let bytes: UnsafeRawBufferPointer
    /// Offset of the next byte to read.
    package private(set) var position = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    // MARK: Structure

    /// The next byte that is not white space, without consuming it; nil at the end.
    package mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Consumes `byte` after white space, or fails.
    package mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard peek() == byte else { throw error(.expected(Character(Unicode.Scalar(byte)))) }
        position += 1
    }

    /// Steps through an object: false at its closing brace, else true with the next key in `key` and its value next.
    /// `first` is true for the call straight after the opening brace.
    package mutating func nextKey(first: Bool, into key: inout [UInt8]) throws(JSONError) -> Bool {
        if peek() == UInt8(ascii: "}") {
            position += 1
            return false
        }
        if !first { try expect(UInt8(ascii: ",")) }
        try string(into: &key)
        try expect(UInt8(ascii: ":"))
        return true
    }

    /// Steps through an array: false at its closing bracket, else true with the element next.
    package mutating func nextElement(first: Bool) throws(JSONError) -> Bool {
        if peek() == UInt8(ascii: "]") {
            position += 1
            return false
        }
        if !first {
            try expect(UInt8(ascii: ","))
            if peek() == UInt8(ascii: "]") { throw error(.expected("a value")) }
        }
        return true
    }

    /// Fails unless nothing but white space is left.
    package mutating func expectEnd() throws(JSONError) {
        if peek() != nil { throw error(.trailingBytes) }
    }

    // MARK: Values

    /// Reads a string's bytes, escapes undone, into `buffer`, replacing what was there.
    mutating func string(into buffer: inout [UInt8]) throws(JSONError) {
        try expect(UInt8(ascii: "\""))
        buffer.removeAll(keepingCapacity: true)
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &buffer)
            case 0..<0x20:
                throw error(.controlCharacter)
            default:
                let start = position
                while position < bytes.count, isPlain(bytes[position]) { position += 1 }
                buffer.append(contentsOf: bytes[start..<position])
            }
        }
        throw error(.unexpectedEnd)
    }

    /// Whether a byte stands for itself inside a string.
    @inline(__always)
    private func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Reads a string.
    package mutating func string() throws(JSONError) -> String {
        var buffer: [UInt8] = []
        try string(into: &buffer)
        return String(decoding: buffer, as: UTF8.self)
    }

    /// Reads a whole number without fraction or exponent.
    package mutating func integer() throws(JSONError) -> Int {
        guard peek() != nil else { throw error(.unexpectedEnd) }
        let start = position
        let negative = bytes[position] == UInt8(ascii: "-")
        if negative { position += 1 }
        var value = 0
        let firstDigit = position
        while position < bytes.count, case let digit = bytes[position], digit >= 0x30, digit <= 0x39 {
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(Int(digit & 15))
            if overflow || carry { throw JSONError(offset: start, reason: .numberTooLarge) }
            value = sum
            position += 1
        }
        guard position > firstDigit else { throw JSONError(offset: start, reason: .expected("a whole number")) }
        if bytes[firstDigit] == 0x30, position > firstDigit + 1 { throw JSONError(offset: start, reason: .badNumber) }
        if position < bytes.count, [0x2E, 0x45, 0x65].contains(bytes[position]) {
            throw JSONError(offset: start, reason: .expected("a whole number"))
        }
        return negative ? -value : value
    }

    /// The bytes of a literal or number: everything up to a separator.
    mutating func word() throws(JSONError) -> String {
        guard peek() != nil else { throw error(.unexpectedEnd) }
        let start = position
        while position < bytes.count, isWordByte(bytes[position]) { position += 1 }
        guard position > start else { throw error(.expected("a value")) }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    package func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(offset: position, reason: position < bytes.count ? reason : .unexpectedEnd)
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }

    // MARK: Escapes

    private mutating func escape(into buffer: inout [UInt8]) throws(JSONError) {
        guard position < bytes.count else { throw error(.unexpectedEnd) }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try escapedScalar()
            buffer.append(contentsOf: String(Character(scalar)).utf8)
        default:
            position -= 1
            throw error(.badEscape)
        }
    }

    /// The scalar after `\u`, a second `\u` included where the first is the upper half of a surrogate pair.
    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let start = position
        var value = try hexadecimal()
        if (0xD800..<0xDC00).contains(value) {
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw JSONError(offset: start, reason: .badEscape) }
            position += 2
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low) else { throw JSONError(offset: start, reason: .badEscape) }
            value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw JSONError(offset: start, reason: .badEscape) }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw error(.unexpectedEnd) }
            let byte = bytes[position]
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x61 + 10)
            default: throw error(.badEscape)
            }
            position += 1
        }
        return value
    }
}

/// Where and why bytes are not the JSON that was expected.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Error, Equatable, Sendable {
        case expected(String)
        case unexpectedEnd, trailingBytes, controlCharacter, badEscape, badNumber, numberTooLarge, nestedTooDeeply
        case notUTF8
        case duplicateKey(String)

        static func expected(_ character: Character) -> Reason { .expected("'\(character)'") }
    }

    /// Offset in bytes from the start of the JSON text.
    public let offset: Int
    /// What is wrong there.
    public let reason: Reason

    package init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }

    public var description: String {
        let what =
            switch reason {
            case .expected(let what): "expected \(what)"
            case .unexpectedEnd: "the text ends too early"
            case .trailingBytes: "more text after the end"
            case .controlCharacter: "unescaped control character in a string"
            case .badEscape: "malformed escape in a string"
            case .badNumber: "malformed number"
            case .numberTooLarge: "number is too large"
            case .nestedTooDeeply: "nested more than \(JSONScanner.nestingLimit) deep"
            case .notUTF8: "not UTF-8"
            case .duplicateKey(let key): "key \"\(key)\" appears twice"
            }
        return "\(what) at byte \(offset)"
    }

    /// The same with the column of a line, from 1, in place of the offset.
    public var descriptionInLine: String { description.replacing("at byte \(offset)", with: "at column \(offset + 1)") }
}
