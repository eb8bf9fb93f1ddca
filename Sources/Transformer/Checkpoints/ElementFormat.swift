/// How the elements of a tensor that can be read as Float are stored.
public enum ElementFormat: Sendable, Equatable {
    /// One by one.
    case plain(FloatType)
    /// In quantized blocks along the last extent.
    case blocks(QuantizedBlock)

    /// The name of the type in its container.
    public var name: String {
        switch self {
        case .plain(let type): type.rawValue
        case .blocks(let block): block.type.name
        }
    }

    /// Elements in the smallest piece that can be converted, and the bytes it takes.
    var block: (length: Int, byteCount: Int) {
        switch self {
        case .plain(let type): (1, type.byteCount)
        case .blocks(let block): block.type.block
        }
    }

    /// Bytes that so many elements take; nil where they are no whole blocks or too many for 64 bits.
    func byteCount(_ elements: Int) -> Int? {
        let (length, size) = block
        guard elements.isMultiple(of: length) else { return nil }
        let (bytes, overflow) = (elements / length).multipliedReportingOverflow(by: size)
        return overflow ? nil : bytes
    }

    /// Converts whole blocks that begin at `source` into `target`, which holds exactly their elements.
    func convert(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .plain(let type): FloatConversion.convert(source, as: type, into: target)
        case .blocks(let block): block.convert(source, into: target)
        }
    }
}
