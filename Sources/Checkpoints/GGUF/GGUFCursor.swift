/// Reads the little-endian fields of a GGUF file one after another; every read is checked against the file's end.
struct GGUFCursor {
    private let bytes: UnsafeRawBufferPointer
    /// Offset of the next byte to read.
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Bytes from here to the end.
    var available: Int { bytes.count - position }

    /// A number in little-endian order.
    mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type, _ what: @autoclosure () -> String
    ) throws(GGUFError.Rule) -> Number {
        let start = try skip(UInt64(MemoryLayout<Number>.size), what())
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Number.self))
    }

    /// Steps over `count` bytes; returns where they begin.
    @discardableResult
    mutating func skip(_ count: UInt64, _ what: @autoclosure () -> String) throws(GGUFError.Rule) -> Int {
        guard count <= UInt64(available) else {
            throw .pastEnd(what: what(), offset: position, needed: count, available: available)
        }
        defer { position += Int(count) }
        return position
    }

    /// A length in 8 bytes and as many bytes.
    package mutating func text(_ what: @autoclosure () -> String) throws(GGUFError.Rule) -> UnsafeRawBufferPointer {
        let count = try number(UInt64.self, what())
        let start = try skip(count, what())
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    /// The same, checked to be UTF-8.
    mutating func string(_ what: @autoclosure () -> String) throws(GGUFError.Rule) -> String {
        let start = position
        let text = try text(what())
        guard UTF8Validation.firstInvalidByte(text) == nil else { throw .notUTF8(what: what(), offset: start) }
        return String(decoding: text, as: UTF8.self)
    }

    /// A number of entries, each of which takes `atLeast` bytes: bounds what a file can make us allocate and walk.
    mutating func count<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type, of what: @autoclosure () -> String, atLeast size: Int
    ) throws(GGUFError.Rule) -> Int {
        let count = UInt64(try number(type, "the number of \(what())"))
        guard count <= UInt64(available / size) else {
            throw .tooMany(what: what(), count: count, available: available)
        }
        return Int(count)
    }
}
