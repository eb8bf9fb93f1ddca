import CKernels

/// One tensor of a checkpoint, in place: its name, type, shape and bytes. Keeps the checkpoint's memory alive.
///
/// Only formats readable as Float (`F64`, `F32`, `F16`, `BF16`, and GGUF's quantized blocks) have a view, so that reading
/// cannot fail. Elements are in row-major order; a shape of `[]` is one element.
public struct TensorView: Sendable {
    /// The tensor's name in the checkpoint, prefix included.
    public let name: String
    /// How elements are stored.
    public let format: ElementFormat
    /// The extents, outermost first.
    public let shape: [Int]
    /// Number of elements: the product of `shape`.
    public let count: Int
    /// What is stored, one after another along the first extent.
    private let parts: [StoredRows]

    /// The stored element type; nil for quantized blocks.
    public var dtype: DType? {
        if case .plain(let type) = format { DType(rawValue: type.rawValue) } else { nil }
    }

    /// Nil where `dtype` has no conversion to Float or `bytes` are not as many as `shape` asks for.
    public init?(name: String, dtype: DType, shape: [Int], bytes: SharedBytes) {
        guard let type = dtype.floatType else { return nil }
        self.init(name: name, format: .plain(type), shape: shape, bytes: bytes)
    }

    /// Nil where `bytes` are not as many as `shape` asks for, or `order` does not fit it.
    init?(name: String, format: ElementFormat, shape: [Int], bytes: SharedBytes, order: StoredRows.Order = .asStored) {
        var count = 1
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            count = product
        }
        guard format.byteCount(count) == bytes.count else { return nil }
        let rows = shape.first ?? 1
        if case .rotaryPairs(let headWidth) = order {
            guard headWidth > 0, headWidth.isMultiple(of: 2), rows.isMultiple(of: headWidth) else { return nil }
        }
        self.name = name
        self.format = format
        self.shape = shape
        self.count = count
        // Not the product of the other extents, which may overflow where there is no row.
        rowWidth = rows == 0 ? 0 : count / rows
        parts = [StoredRows(format: format, rowCount: rows, rowWidth: rowWidth, order: order, bytes: bytes)]
    }

    /// `first` and the rows of `others` after it, as one; all have rows of the same extents. Nothing is copied until it
    /// is read. Bears the name and format of the first.
    public init(stacking first: TensorView, _ others: [TensorView]) {
        precondition(
            others.allSatisfy { $0.shape.dropFirst() == first.shape.dropFirst() }, "\(first.name): rows of other extents")
        name = first.name
        format = first.format
        let all = [first] + others
        shape = [all.map(\.rowCount).reduce(0, +)] + first.shape.dropFirst()
        count = all.map(\.count).reduce(0, +)
        rowWidth = all.map(\.rowWidth).max() ?? 0
        parts = all.flatMap(\.parts)
    }

    /// What stands for a tensor that was not found: no elements.
    package static func nothing(named name: String) -> TensorView { TensorView(emptyNamed: name) }

    private init(emptyNamed name: String) {
        self.name = name
        format = .plain(.f32)
        shape = [0]
        count = 0
        rowWidth = 0
        parts = []
    }

    /// Number of rows: the first extent.
    public var rowCount: Int { shape.first ?? 1 }

    /// Elements in a row: the product of the extents after the first; 0 where there is no row.
    public let rowWidth: Int

    /// Whether `other`, of the same shape, holds the same numbers: the same bytes where both have one format.
    package func hasSameValues(as other: TensorView) -> Bool {
        guard shape == other.shape else { return false }
        if parts.count == 1, other.parts.count == 1, parts[0].bytes.count == other.parts[0].bytes.count {
            let isSame = parts[0].bytes.withUnsafeBytes { mine in
                other.parts[0].bytes.withUnsafeBytes { theirs in mine.elementsEqual(theirs) }
            }
            if isSame { return true }
        }
        return floats() == other.floats()
    }

    /// Number of bytes the tensor takes in the checkpoint.
    public var byteCount: Int { parts.map(\.bytes.count).reduce(0, +) }

    /// Whether `withFloats` hands out the checkpoint's own memory: the type is F32 and the address a multiple of 4.
    /// The format aligns neither its header nor its tensors, so a writer may leave F32 at any address.
    public var isInPlace: Bool { parts.count == 1 && parts[0].isInPlace }

    /// All elements, converted.
    public func floats() -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            copyFloats(into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            initialized = count
        }
    }

    /// Converts all elements into `target`, which holds exactly `count`.
    public func copyFloats(into target: UnsafeMutableBufferPointer<Float>) {
        precondition(target.count == count, "\(name): target holds \(target.count) of \(count) elements")
        var start = 0
        for part in parts {
            part.copy(into: UnsafeMutableBufferPointer(rebasing: target[start..<start + part.count]))
            start += part.count
        }
    }

    /// Row `index`, converted; the rest of the tensor is not touched. `index` lies in `0..<rowCount`.
    public func row(_ index: Int) -> [Float] {
        let width = rowWidth
        return [Float](unsafeUninitializedCapacity: width) { buffer, initialized in
            copyRow(index, into: UnsafeMutableBufferPointer(rebasing: buffer[..<width]))
            initialized = width
        }
    }

    /// Converts row `index` into `target`, which holds exactly `rowWidth`.
    public func copyRow(_ index: Int, into target: UnsafeMutableBufferPointer<Float>) {
        let width = rowWidth
        precondition(index >= 0 && index < rowCount, "\(name): row \(index) of \(rowCount)")
        precondition(target.count == width, "\(name): target holds \(target.count) of \(width) elements")
        var index = index
        for part in parts {
            if index < part.rowCount { return part.copyRow(index, into: target) }
            index -= part.rowCount
        }
    }

    /// Where each row is stored, for the kernels; the caller deallocates it, and keeps this view as long as it is used.
    package func storedRows() -> UnsafeMutablePointer<ak_row> {
        var rows: [ak_row] = []
        rows.reserveCapacity(rowCount)
        for part in parts { part.append(to: &rows) }
        let stored = UnsafeMutablePointer<ak_row>.allocate(capacity: max(1, rows.count))
        stored.initialize(from: rows, count: rows.count)
        return stored
    }

    /// Calls `body` with the checkpoint's own memory as Float, or returns nil where `isInPlace` is false.
    /// The pointer is valid only during the call.
    public func withFloat32Pointer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard isInPlace else { return nil }
        return try parts[0].bytes.withUnsafeBytes { (raw) throws(Failure) -> Result in
            try body(raw.assumingMemoryBound(to: Float.self))
        }
    }

    /// Calls `body` with all elements as Float: in place where possible, else converted for the length of the call.
    public func withFloats<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if isInPlace {
            return try parts[0].bytes.withUnsafeBytes { (raw) throws(Failure) -> Result in
                try body(raw.assumingMemoryBound(to: Float.self))
            }
        }
        let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        defer { copy.deallocate() }
        copyFloats(into: copy)
        return try body(UnsafeBufferPointer(copy))
    }

    /// The bytes of some rows, where they lie one after another in the order of the tensor.
    func storedBytes(ofRows range: Range<Int>) -> SharedBytes? {
        guard parts.count == 1, parts[0].order == .asStored, rowCount > 0, byteCount.isMultiple(of: rowCount) else { return nil }
        let step = byteCount / rowCount
        return parts[0].bytes[range.lowerBound * step..<range.upperBound * step]
    }

    /// Lets the system have the memory of a mapped tensor back; reading it again reads the file again.
    package func releaseMemory() { for part in parts { part.bytes.releaseMemory() } }
}

extension TensorView {
    /// Some rows of a tensor that is stored in one piece, in place; of one that was not found, nothing.
    package func rows(_ range: Range<Int>) -> TensorView {
        guard range.upperBound <= rowCount, let bytes = storedBytes(ofRows: range),
            let view = TensorView(name: name, format: format, shape: [range.count] + shape.dropFirst(), bytes: bytes)
        else { return .nothing(named: name) }
        return view
    }
}

extension TensorView {
    /// A tensor that is in no checkpoint: one row of values.
    package static func floats(_ values: [Float], named name: String) -> TensorView {
        let bytes = values.withUnsafeBytes { SharedBytes(Array($0)) }
        return TensorView(name: name, format: .plain(.f32), shape: [values.count], bytes: bytes) ?? .nothing(named: name)
    }
}
