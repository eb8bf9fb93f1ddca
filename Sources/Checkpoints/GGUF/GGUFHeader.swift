/// What a GGUF file says of one tensor.
public struct GGUFTensor: Sendable, Equatable {
    /// The tensor's name.
    public let name: String
    /// The element type.
    public let type: GGMLType
    /// The extents, outermost first (the file has them the other way round).
    public let shape: [Int]
    /// Where its bytes are, counted from the start of the file.
    public let byteRange: Range<Int>
}

/// A GGUF file up to its tensors' data, read rule by rule (ggml-org/ggml, `docs/gguf.md`).
struct GGUFHeader {
    /// How deeply arrays may nest.
    static let nestingLimit = 4
    /// Where tensors begin, unless `general.alignment` says otherwise.
    static let defaultAlignment = 32

    let version: UInt32
    private(set) var metadata: [String: GGUFValue] = [:]
    private(set) var alignment = defaultAlignment
    private(set) var tensors: [String: GGUFTensor] = [:]
    /// Where the tensors' data begin in the file.
    private(set) var dataStart = 0

    init(_ file: SharedBytes, _ raw: UnsafeRawBufferPointer) throws(GGUFError.Rule) {
        var cursor = GGUFCursor(raw)
        guard raw.prefix(4).elementsEqual("GGUF".utf8) else { throw .badMagic }
        try cursor.skip(4, "the magic")
        version = try cursor.number(UInt32.self, "the version")
        if (2...3).contains(version.byteSwapped) { throw .bigEndian }
        guard (2...3).contains(version) else { throw .version(version) }
        let tensorCount = try cursor.number(UInt64.self, "the number of tensors")
        // A key's length, its type and one byte.
        let metadataCount = try cursor.count(UInt64.self, of: "metadata", atLeast: 13)
        // A name's length, the number of extents, a type and an offset.
        guard tensorCount <= UInt64(cursor.available / 24) else {
            throw .tooMany(what: "tensors", count: tensorCount, available: cursor.available)
        }
        for _ in 0..<metadataCount {
            let key = try cursor.string("a key of the metadata")
            let value = try Self.value(&cursor, file, key: key)
            guard metadata.updateValue(value, forKey: key) == nil else { throw .duplicateKey(key) }
        }
        alignment = try Self.alignment(metadata["general.alignment"])
        var entries: [Entry] = []
        for _ in 0..<Int(tensorCount) { entries.append(try Entry(&cursor)) }
        try place(entries, headerEnd: cursor.position, fileSize: raw.count)
    }

    // MARK: Metadata

    private static func value(
        _ cursor: inout GGUFCursor, _ file: SharedBytes, key: String
    ) throws(GGUFError.Rule) -> GGUFValue {
        let type = try valueType(&cursor, key: key)
        let what = "metadata \"\(key)\""
        switch type {
        case .uint8: return .unsigned(UInt64(try cursor.number(UInt8.self, what)))
        case .uint16: return .unsigned(UInt64(try cursor.number(UInt16.self, what)))
        case .uint32: return .unsigned(UInt64(try cursor.number(UInt32.self, what)))
        case .uint64: return .unsigned(try cursor.number(UInt64.self, what))
        case .int8: return .signed(Int64(try cursor.number(Int8.self, what)))
        case .int16: return .signed(Int64(try cursor.number(Int16.self, what)))
        case .int32: return .signed(Int64(try cursor.number(Int32.self, what)))
        case .int64: return .signed(try cursor.number(Int64.self, what))
        case .float32: return .float32(Float(bitPattern: try cursor.number(UInt32.self, what)))
        case .float64: return .float64(Double(bitPattern: try cursor.number(UInt64.self, what)))
        case .bool:
            let byte = try cursor.number(UInt8.self, what)
            guard byte <= 1 else { throw .badBool(key: key, found: byte) }
            return .bool(byte == 1)
        case .string: return .string(Array(try cursor.text(what)))
        case .array:
            let (elementType, count) = try arrayHead(&cursor, key: key)
            let start = cursor.position
            try skipElements(&cursor, elementType, count, key: key, depth: 1)
            return .array(GGUFArray(elementType: elementType, count: count, bytes: file[start..<cursor.position]))
        }
    }

    private static func valueType(_ cursor: inout GGUFCursor, key: String) throws(GGUFError.Rule) -> GGUFValueType {
        let number = try cursor.number(UInt32.self, "the type of metadata \"\(key)\"")
        guard let type = GGUFValueType(rawValue: number) else { throw .unknownValueType(key: key, type: number) }
        return type
    }

    private static func arrayHead(
        _ cursor: inout GGUFCursor, key: String
    ) throws(GGUFError.Rule) -> (GGUFValueType, Int) {
        let type = try valueType(&cursor, key: key)
        return (type, try cursor.count(UInt64.self, of: "elements of \"\(key)\"", atLeast: type.leastByteCount))
    }

    private static func skipElements(
        _ cursor: inout GGUFCursor, _ type: GGUFValueType, _ count: Int, key: String, depth: Int
    ) throws(GGUFError.Rule) {
        switch type {
        case .string:
            for _ in 0..<count { _ = try cursor.text("a string of metadata \"\(key)\"") }
        case .array:
            guard depth < nestingLimit else { throw .nestedTooDeeply(key: key) }
            for _ in 0..<count {
                let (inner, innerCount) = try arrayHead(&cursor, key: key)
                try skipElements(&cursor, inner, innerCount, key: key, depth: depth + 1)
            }
        default:
            // No overflow: so many elements of this size were found to fit the file.
            try cursor.skip(UInt64(count * type.leastByteCount), "metadata \"\(key)\"")
        }
    }

    private static func alignment(_ value: GGUFValue?) throws(GGUFError.Rule) -> Int {
        switch value {
        case nil: return defaultAlignment
        case .unsigned(let number)? where number.nonzeroBitCount == 1 && number <= UInt64(UInt32.max): return Int(number)
        case .unsigned(let number)?: throw .alignment(found: "\(number)")
        case .signed(let number)?: throw .alignment(found: "\(number)")
        default: throw .alignment(found: "no whole number")
        }
    }

    // MARK: Tensors

    /// What the file says of a tensor before its place is known.
    private struct Entry {
        package let name: String
        let type: GGMLType
        let shape: [Int]
        let offset: Int
        let byteCount: Int

        init(_ cursor: inout GGUFCursor) throws(GGUFError.Rule) {
            let name = try cursor.string("a tensor's name")
            let extentCount = try cursor.number(UInt32.self, "the shape of \(name)")
            guard extentCount <= 4 else { throw .extentCount(tensor: name, found: extentCount) }
            var shape: [Int] = []
            var count = 1
            for _ in 0..<extentCount {
                let number = try cursor.number(UInt64.self, "the shape of \(name)")
                guard let extent = Int(exactly: number) else { throw .overflow(tensor: name, field: "shape") }
                let (product, overflow) = count.multipliedReportingOverflow(by: extent)
                if overflow { throw .overflow(tensor: name, field: "shape") }
                count = product
                shape.insert(extent, at: 0)
            }
            let number = try cursor.number(UInt32.self, "the type of \(name)")
            guard let type = GGMLType(rawValue: number) else { throw .unknownTensorType(tensor: name, type: number) }
            let (length, size) = type.block
            let rowWidth = shape.last ?? 1
            guard rowWidth.isMultiple(of: length) else {
                throw .brokenBlocks(tensor: name, rowWidth: rowWidth, type: type)
            }
            let (byteCount, overflow) = (count / length).multipliedReportingOverflow(by: size)
            if overflow { throw .overflow(tensor: name, field: "shape") }
            guard let offset = Int(exactly: try cursor.number(UInt64.self, "the offset of \(name)")) else {
                throw .overflow(tensor: name, field: "offset")
            }
            self.name = name
            self.type = type
            self.shape = shape
            self.offset = offset
            self.byteCount = byteCount
        }
    }

    /// Gives each tensor its bytes: aligned, inside the file, and apart from the others'.
    private mutating func place(_ entries: [Entry], headerEnd: Int, fileSize: Int) throws(GGUFError.Rule) {
        // No overflow: a file's size is far from 2^63, and the alignment below 2^32.
        dataStart = (headerEnd + alignment - 1) / alignment * alignment
        let available = max(0, fileSize - dataStart)
        for entry in entries {
            guard entry.offset.isMultiple(of: alignment) else {
                throw .misaligned(tensor: entry.name, offset: entry.offset, alignment: alignment)
            }
            let (end, overflow) = entry.offset.addingReportingOverflow(entry.byteCount)
            if overflow { throw .overflow(tensor: entry.name, field: "offset") }
            guard end <= available else { throw .dataPastEnd(tensor: entry.name, end: end, available: available) }
            // Without data, a tensor may stand where the file has ended.
            let start = entry.byteCount == 0 ? 0 : dataStart + entry.offset
            let tensor = GGUFTensor(
                name: entry.name, type: entry.type, shape: entry.shape, byteRange: start..<start + entry.byteCount)
            guard tensors.updateValue(tensor, forKey: entry.name) == nil else { throw .duplicateTensor(entry.name) }
        }
        var taken = 0
        for entry in entries.filter({ $0.byteCount > 0 }).sorted(by: { $0.offset < $1.offset }) {
            guard entry.offset >= taken else {
                throw .overlap(tensor: entry.name, offset: entry.offset, expected: taken)
            }
            taken = entry.offset + entry.byteCount
        }
    }
}
