/// One tensor of a checkpoint, in place: its name, type, shape and bytes. Keeps the checkpoint's memory alive.
///
/// Only types readable as Float (`F64`, `F32`, `F16`, `BF16`) have a view, so that reading cannot fail. Elements are
/// in row-major order; a shape of `[]` is one element.
public struct TensorView: Sendable {
    /// The tensor's name in the checkpoint, prefix included.
    public let name: String
    /// The stored element type.
    public let dtype: DType
    /// The extents, outermost first.
    public let shape: [Int]
    /// Number of elements: the product of `shape`.
    public let count: Int
    private let bytes: SharedBytes

    /// Nil where `dtype` has no conversion to Float or `bytes` are not as many as `shape` asks for.
    public init?(name: String, dtype: DType, shape: [Int], bytes: SharedBytes) {
        var count = 1
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            count = product
        }
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: dtype.byteCount)
        guard dtype.isReadableAsFloat, !overflow, byteCount == bytes.count else { return nil }
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.count = count
        self.bytes = bytes
    }

    /// Number of rows: the first extent.
    public var rowCount: Int { shape.first ?? 1 }

    /// Elements in a row: the product of the extents after the first.
    public var rowWidth: Int { shape.dropFirst().reduce(1, *) }

    /// Number of bytes the tensor takes in the checkpoint.
    public var byteCount: Int { bytes.count }

    /// Whether `withFloats` hands out the checkpoint's own memory: the type is F32 and the address a multiple of 4.
    /// The format aligns neither its header nor its tensors, so a writer may leave F32 at any address.
    public var isInPlace: Bool {
        guard dtype == .f32 else { return false }
        return bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) % MemoryLayout<Float>.alignment == 0 }
    }

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
        bytes.withUnsafeBytes { FloatConversion.convert($0, as: dtype, into: target) }
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
        let rowBytes = width * dtype.byteCount
        bytes.withUnsafeBytes { all in
            let row = UnsafeRawBufferPointer(rebasing: all[index * rowBytes..<(index + 1) * rowBytes])
            FloatConversion.convert(row, as: dtype, into: target)
        }
    }

    /// Calls `body` with the checkpoint's own memory as Float, or returns nil where `isInPlace` is false.
    /// The pointer is valid only during the call.
    public func withFloat32Pointer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard isInPlace else { return nil }
        return try bytes.withUnsafeBytes { (raw) throws(Failure) -> Result in
            try body(raw.assumingMemoryBound(to: Float.self))
        }
    }

    /// Calls `body` with all elements as Float: in place where possible, else converted for the length of the call.
    public func withFloats<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if isInPlace {
            return try bytes.withUnsafeBytes { (raw) throws(Failure) -> Result in
                try body(raw.assumingMemoryBound(to: Float.self))
            }
        }
        let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        defer { copy.deallocate() }
        copyFloats(into: copy)
        return try body(UnsafeBufferPointer(copy))
    }

    /// Lets the system have the memory of a mapped tensor back; reading it again reads the file again.
    func releaseMemory() { bytes.releaseMemory() }

    /// Calls `body` with the stored bytes, unconverted (for hashing, or a library that reads F16 itself).
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBytes(body)
    }
}
