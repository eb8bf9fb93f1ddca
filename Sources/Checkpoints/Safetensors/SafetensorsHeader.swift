/// What the header of a safetensors file says of one tensor.
public struct TensorEntry: Sendable, Equatable {
    /// The tensor's name.
    public let name: String
    /// The element type.
    public let dtype: DType
    /// The extents, outermost first.
    public let shape: [Int]
    /// Where its bytes are, counted from the start of the file.
    public let byteRange: Range<Int>
}

/// The header's text, read rule by rule: entries and metadata.
struct SafetensorsHeader {
    private(set) var tensors: [String: TensorEntry] = [:]
    private(set) var metadata: [String: String] = [:]

    /// Reads the header in `text`, whose data begin at `dataStart` in the file and are `dataCount` bytes.
    init(text: UnsafeRawBufferPointer, dataStart: Int, dataCount: Int) throws(SafetensorsError.Rule) {
        if let offset = UTF8Validation.firstInvalidByte(text) { throw .headerNotUTF8(offset: offset) }
        var scanner = JSONScanner(text)
        try read(&scanner) { (s) throws(JSONError) in try s.expect(UInt8(ascii: "{")) }
        var key: [UInt8] = []
        var first = true
        while try nextKey(&scanner, first: first, into: &key) {
            first = false
            let name = String(decoding: key, as: UTF8.self)
            if name == "__metadata__" {
                guard !sawMetadata else { throw .duplicateKey(name) }
                sawMetadata = true
                try readMetadata(&scanner)
            } else {
                let entry = try Self.readEntry(&scanner, name: name, dataStart: dataStart)
                guard tensors.updateValue(entry, forKey: name) == nil else { throw .duplicateKey(name) }
            }
        }
        try read(&scanner) { (s) throws(JSONError) in try s.expectEnd() }
        try checkLayout(dataStart: dataStart, dataCount: dataCount)
    }

    private var sawMetadata = false

    /// `__metadata__` maps strings to strings.
    private mutating func readMetadata(_ scanner: inout JSONScanner) throws(SafetensorsError.Rule) {
        try read(&scanner) { (s) throws(JSONError) in try s.expect(UInt8(ascii: "{")) }
        var key: [UInt8] = []
        var first = true
        while try nextKey(&scanner, first: first, into: &key) {
            first = false
            let name = String(decoding: key, as: UTF8.self)
            let value = try read(&scanner) { (s) throws(JSONError) in try s.string() }
            guard metadata.updateValue(value, forKey: name) == nil else { throw .duplicateKey(name) }
        }
    }

    /// `{"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}`; other fields are passed over, as the
    /// reference reader does.
    private static func readEntry(
        _ scanner: inout JSONScanner, name: String, dataStart: Int
    ) throws(SafetensorsError.Rule) -> TensorEntry {
        var dtype: DType?
        var shape: [Int]?
        var offsets: [Int]?
        try read(&scanner) { (s) throws(JSONError) in try s.expect(UInt8(ascii: "{")) }
        var key: [UInt8] = []
        var first = true
        while try nextKey(&scanner, first: first, into: &key) {
            first = false
            let field = String(decoding: key, as: UTF8.self)
            switch field {
            case "dtype":
                guard dtype == nil else { throw .duplicateKey("\(name).dtype") }
                let text = try read(&scanner) { (s) throws(JSONError) in try s.string() }
                guard let known = DType(rawValue: text) else { throw .unknownDType(tensor: name, dtype: text) }
                dtype = known
            case "shape":
                guard shape == nil else { throw .duplicateKey("\(name).shape") }
                shape = try readIntegers(&scanner, tensor: name, field: field)
            case "data_offsets":
                guard offsets == nil else { throw .duplicateKey("\(name).data_offsets") }
                offsets = try readIntegers(&scanner, tensor: name, field: field)
            default:
                _ = try read(&scanner) { (s) throws(JSONError) in try JSONValue(&s, depth: 2) }
            }
        }
        guard let dtype else { throw .missingField(tensor: name, field: "dtype") }
        guard let shape else { throw .missingField(tensor: name, field: "shape") }
        guard let offsets else { throw .missingField(tensor: name, field: "data_offsets") }
        guard offsets.count == 2, offsets[0] <= offsets[1] else { throw .badOffsets(tensor: name, offsets: offsets) }

        var expected = dtype.byteCount
        for extent in shape {
            let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
            if overflow { throw .overflow(tensor: name, field: "shape") }
            expected = product
        }
        let found = offsets[1] - offsets[0]
        guard expected == found else {
            throw .sizeMismatch(tensor: name, shape: shape, expected: expected, found: found)
        }
        let (end, overflow) = dataStart.addingReportingOverflow(offsets[1])
        if overflow { throw .overflow(tensor: name, field: "data_offsets") }
        return TensorEntry(name: name, dtype: dtype, shape: shape, byteRange: dataStart + offsets[0]..<end)
    }

    private static func readIntegers(
        _ scanner: inout JSONScanner, tensor: String, field: String
    ) throws(SafetensorsError.Rule) -> [Int] {
        var values: [Int] = []
        do throws(JSONError) {
            try scanner.expect(UInt8(ascii: "["))
            while try scanner.nextElement(first: values.isEmpty) { values.append(try scanner.integer()) }
        } catch {
            throw error.reason == .numberTooLarge ? .overflow(tensor: tensor, field: field) : .headerNotJSON(error)
        }
        if let value = values.first(where: { $0 < 0 }) { throw .negative(tensor: tensor, field: field, value: value) }
        return values
    }

    /// The tensors lie one after another from the first byte of the data to the last.
    private func checkLayout(dataStart: Int, dataCount: Int) throws(SafetensorsError.Rule) {
        let ordered = tensors.values.sorted {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
        }
        var end = dataStart
        for entry in ordered {
            let begin = entry.byteRange.lowerBound
            if begin < end { throw .overlap(tensor: entry.name, offset: begin - dataStart, expected: end - dataStart) }
            if begin > end { throw .hole(tensor: entry.name, offset: begin - dataStart, expected: end - dataStart) }
            end = entry.byteRange.upperBound
        }
        let taken = end - dataStart
        if taken > dataCount { throw .dataPastEnd(expected: taken, found: dataCount) }
        if taken < dataCount { throw .trailingBytes(expected: taken, found: dataCount) }
    }
}

/// Runs one step of the scanner; what it throws becomes the rule about JSON.
private func read<Result>(
    _ scanner: inout JSONScanner, _ step: (inout JSONScanner) throws(JSONError) -> Result
) throws(SafetensorsError.Rule) -> Result {
    do throws(JSONError) {
        return try step(&scanner)
    } catch {
        throw .headerNotJSON(error)
    }
}

private func nextKey(
    _ scanner: inout JSONScanner, first: Bool, into key: inout [UInt8]
) throws(SafetensorsError.Rule) -> Bool {
    do throws(JSONError) {
        return try scanner.nextKey(first: first, into: &key)
    } catch {
        throw .headerNotJSON(error)
    }
}
